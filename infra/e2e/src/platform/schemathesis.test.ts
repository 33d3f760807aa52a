import { afterAll, beforeAll, expect, test } from 'vitest';
import { runSchemathesis } from '../schemathesis/run-schemathesis.ts';
import { requireEnv } from '../support/environment.ts';
import { generousRates } from '../support/generous-rates.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';

let platform: RunningPlatform;
beforeAll(async () => {
  platform = await startPlatform('schemathesis', { names: ['gateway'], env: generousRates });
});
afterAll(() => platform.stop());

test.each([
  ['with a valid key', true],
  ['without one', false],
])(
  'no request %s is answered with a fault of ours, or outside the document',
  async (_, isNamed) => {
    const { exitCode, cases } = await runSchemathesis({
      gatewayUrl: requireEnv('GATEWAY_URL'),
      apiKey: isNamed ? requireEnv('API_KEY') : null,
      maxExamples: 5,
      seed: 1,
      signal: AbortSignal.timeout(600_000),
    });
    expect(cases).toBeGreaterThan(300);
    expect(exitCode).toBe(0);
  },
  600_000,
);
