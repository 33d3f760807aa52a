/** `npm run schemathesis`: thousands of requests against the gateway on real servers, with a valid key and without one; some minutes. */
import { parseArgs } from 'node:util';
import { catchInterrupts } from '@streamflix/infra/local';
import { withTestStack } from '../run/test-stack.ts';
import { generousRates } from '../support/generous-rates.ts';
import { startPlatform } from '../support/platform.ts';
import { runSchemathesis } from './run-schemathesis.ts';

const { values } = parseArgs({
  options: { 'max-examples': { type: 'string', default: '25' }, seed: { type: 'string', default: '1' } },
});
const { signal } = catchInterrupts(() => process.exit(130));

await withTestStack(async (env) => {
  Object.assign(process.env, env);
  const platform = await startPlatform('schemathesis', { names: ['gateway'], env: { ...env, ...generousRates } });
  try {
    let [cases, isClean] = [0, true];
    for (const apiKey of [env.API_KEY ?? '', null]) {
      const options = {
        gatewayUrl: env.GATEWAY_URL ?? '',
        apiKey,
        maxExamples: Number(values['max-examples']),
        seed: Number(values.seed),
      };
      const result = await runSchemathesis({ ...options, signal });
      cases += result.cases;
      isClean &&= result.exitCode === 0;
    }
    console.log(`${cases} cases, ${isClean ? 'no fault' : 'with faults'}`);
    process.exitCode = isClean ? 0 : 1;
  } finally {
    await platform.stop();
  }
}, signal);
