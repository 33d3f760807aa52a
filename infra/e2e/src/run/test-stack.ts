import { join } from 'node:path';
import { runSetup, startStack, stopStack } from '@streamflix/infra/local';
import { ownEnvironment } from './own-environment.ts';
import { projectDir } from './step.ts';

/** Settings that make time pass faster in tests than in production, and let them receive webhooks on this machine. */
const testSettings = (dir: string) => ({
  LEASE_SECONDS: '4',
  KAFKA_FETCH_WAIT_SECONDS: '1',
  POLL_SECONDS: '1',
  SWEEP_SECONDS: '0.5',
  OUTBOX_RESEND_SECONDS: '5',
  WEBHOOK_ALLOW_PRIVATE: 'true',
  SOURCE_URL_ALLOW_PRIVATE: 'true',
  SOURCE_URL_ALLOW_HTTP: 'true',
  WEBHOOK_SECRET: 'a-secret-for-tests-only',
  TEST_STACK_DIR: dir,
});

/**
 * Runs `work` against fresh servers of its own, with topics, schemas, tables and bucket made, and stops them. Those of another name may run
 * beside them.
 */
export async function withTestStack<T>(
  work: (env: Record<string, string>) => Promise<T>,
  signal: AbortSignal,
  name = 'test-stack',
): Promise<T> {
  console.log(`\n== real servers for the tests: ${name}`);
  const dir = join(projectDir, '.local', name);
  const environment = ownEnvironment();
  const stack = await startStack({
    dir,
    fresh: true,
    progress: 'lines',
    environment,
    onNotice: console.log,
    signal,
  });
  const env: Record<string, string> = {
    ...Object.fromEntries(Object.entries(stack).filter(([, value]) => value !== undefined)),
    ...testSettings(dir),
  };
  try {
    await runSetup({ ...process.env, ...env }, () => undefined, signal);
    return await work(env);
  } finally {
    await stopStack(dir);
  }
}
