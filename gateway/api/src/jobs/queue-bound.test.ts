import { afterEach, expect, test, vi } from 'vitest';
import type { JobStore } from './job-store.ts';
import { boundQueue } from './queue-bound.ts';

afterEach(() => vi.useRealTimers());

/** A store that takes everything, behind a bound of two jobs. */
function boundedStore(unfinished: () => number) {
  const store = { admit: async () => undefined, submit: async () => ({ jobId: 'j', created: true }) } as unknown as JobStore;
  const database = { query: async () => ({ rows: [{ count: String(Math.min(2, unfinished())) }] }) } as never;
  return boundQueue(store, { database }, 2);
}

test('a full queue takes no job and no upload, says when to come back, and takes them again when there is room', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  let unfinished = 1;
  const store = boundedStore(() => unfinished);
  expect(await store.submit({} as never)).toMatchObject({ jobId: 'j' });
  unfinished = 2;
  vi.advanceTimersByTime(1_001);
  const refusal = { code: 'QUEUE_FULL', status: 503, details: { retryAfterSeconds: 30 } };
  await expect(store.submit({} as never)).rejects.toMatchObject(refusal);
  await expect(store.admit('acme')).rejects.toMatchObject(refusal);
  unfinished = 1;
  vi.advanceTimersByTime(1_001);
  await expect(store.admit('acme')).resolves.toBeUndefined();
});
