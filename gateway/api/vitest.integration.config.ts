import { defineConfig } from 'vitest/config';

/** What needs the servers of the local stack; their addresses come from the environment. */
export default defineConfig({
  test: {
    include: ['src/**/*.integration.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Its default of a second is shorter than many a promise, and than what a busy machine takes.
    expect: { poll: { timeout: 20_000 } },
  },
});
