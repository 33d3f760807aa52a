/** `npm run outages`: the outages at the lengths that are promised; a quarter of an hour. */
import { join } from 'node:path';
import { catchInterrupts } from '@streamflix/infra/local';
import { projectDir, runStep, type Step } from './run/step.ts';
import { withTestStack } from './run/test-stack.ts';

const { signal } = catchInterrupts(() => process.exit(130));
const step = (env: Record<string, string>): Step => ({
  name: 'Kafka away for five minutes, PostgreSQL for one, the store for two',
  command: ['vitest', 'run', 'src/platform/outage.test.ts'],
  cwd: join(projectDir, 'infra/e2e'),
  env: { ...env, OUTAGES: 'full' },
  isVitest: true,
});
const { failed } = await withTestStack((env) => runStep(step(env), signal), signal);
process.exitCode = failed === 0 ? 0 : 1;
