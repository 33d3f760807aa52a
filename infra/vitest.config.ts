import { defineConfig } from 'vitest/config';

const integration = {
  test: {
    name: 'integration',
    include: ['src/**/*.integration.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // They tell events through the same topics.
    fileParallelism: false,
    // Its default of a second is shorter than many a promise, and than what a busy machine takes.
    expect: { poll: { timeout: 20_000 } },
  },
};

const unit = {
  test: {
    name: 'unit',
    include: ['src/**/*.test.ts', 'local/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/*.integration.test.ts'],
  },
};

/**
 * `vitest run` takes the tests that need nothing. Those that need the servers of the local stack, whose addresses come from the
 * environment, run only where they are asked for: `vitest run --project integration`.
 */
const isIntegrationAsked = process.argv.some((argument) => /^(--project=)?integration$/.test(argument));

export default defineConfig({ test: { projects: isIntegrationAsked ? [unit, integration] : [unit] } });
