/** Kinds of workers. A task belongs to one; only a worker of that pool claims it. */
export const pools = ['ingest', 'probe', 'encode', 'package', 'notify'] as const;
export type Pool = (typeof pools)[number];

/** How often a task of each pool may fail in a way that may pass, and how the waits between grow. */
export const retryPolicies: Record<Pool, { maxAttempts: number; firstDelayMs: number; maxDelayMs: number }> = {
  // Servers of others: some are away for minutes.
  ingest: { maxAttempts: 5, firstDelayMs: 2_000, maxDelayMs: 120_000 },
  probe: { maxAttempts: 3, firstDelayMs: 1_000, maxDelayMs: 30_000 },
  encode: { maxAttempts: 3, firstDelayMs: 2_000, maxDelayMs: 60_000 },
  package: { maxAttempts: 3, firstDelayMs: 2_000, maxDelayMs: 60_000 },
  // About a day in all: receivers have outages of hours.
  notify: { maxAttempts: 18, firstDelayMs: 1_000, maxDelayMs: 7_200_000 },
};

/** A task whose lease ran out this often takes its workers down; it is failed as WORKER_LOST. */
export const maxLostWorkers = 20;

/** When failures are a worker's fault, and for how long it gets no work then. */
export const quarantinePolicy = {
  /** So many tasks failed on it, of so many jobs, and none was finished in between. */
  failedTasks: 3,
  failedJobs: 2,
  firstMs: 30_000,
  /** It doubles with each quarantine until a task is finished. */
  longestMs: 30 * 60_000,
  /** So often a task is excused by its worker; then the failure is its own. */
  excuses: 5,
} as const;

/** For so long after it may be tried again, a task that failed waits for a worker on which it did not fail. */
export const otherWorkerPatienceMs = 15_000;

export const priorities = { critical: 10, normal: 5, low: 3, background: 1 } as const;
