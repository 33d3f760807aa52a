import { defineConfig } from 'vitest/config';

/** One after the other: they share the servers, and some of them stop one. */
export default defineConfig({
  test: { include: ['src/**/*.test.ts'], fileParallelism: false, testTimeout: 240_000, hookTimeout: 240_000, bail: 0 },
});
