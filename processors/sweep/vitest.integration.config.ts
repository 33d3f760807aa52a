import { defineConfig } from 'vitest/config';

/** What needs the servers of the local stack; their addresses come from the environment. */
export default defineConfig({ test: { include: ['src/**/*.integration.test.ts'], testTimeout: 30_000 } });
