import { defineConfig } from 'vitest/config';

/** What needs no servers. */
export default defineConfig({ test: { include: ['src/**/*.test.ts'], exclude: ['src/**/*.integration.test.ts'] } });
