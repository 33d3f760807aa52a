import { StreamflixError } from '@streamflix/contracts';
import type { Platform } from '@streamflix/infra/processor';
import { hasUnfinishedJobs } from '@streamflix/infra/work';
import type { JobStore } from './job-store.ts';

/** For so long the last count holds: the bound protects the platform, it need not be exact. */
const countedMs = 1_000;

/** The same store, that takes no new job while the platform has its fill of unfinished ones. Throws QUEUE_FULL. */
export function boundQueue(store: JobStore, { database }: Pick<Platform, 'database'>, bound: number | undefined): JobStore {
  if (bound === undefined) return store;
  let counted = { at: Number.NEGATIVE_INFINITY, isFull: false };
  const assertRoom = async (): Promise<void> => {
    if (performance.now() - counted.at > countedMs) {
      counted = { at: performance.now(), isFull: await hasUnfinishedJobs(database, bound) };
    }
    if (counted.isFull) throw new StreamflixError('QUEUE_FULL', { details: { retryAfterSeconds: 30 } });
  };
  return {
    ...store,
    admit: async (tenantId) => {
      await assertRoom();
      await store.admit(tenantId);
    },
    submit: async (...asked) => {
      await assertRoom();
      return store.submit(...asked);
    },
    submitFetch: async (...asked) => {
      await assertRoom();
      return store.submitFetch(...asked);
    },
  };
}
