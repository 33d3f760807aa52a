import { defineConfig } from 'vitest/config';

/** What needs no servers. */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    exclude: ['src/**/*.integration.test.ts'],
    // Its default of a second is shorter than what a busy machine takes.
    expect: { poll: { timeout: 20_000 } },
  },
});
