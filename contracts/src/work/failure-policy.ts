import type { StreamflixError } from '../errors/streamflix-error.ts';
import { type Pool, retryPolicies } from './pools.ts';

export type FailureDecision =
  /** Try again after the delay; the attempt is counted. */
  | { outcome: 'retry'; delayMs: number }
  /** Try again after the delay; the task is not at fault and no attempt is counted. */
  | { outcome: 'wait'; delayMs: number }
  /** Hand it back at once for another worker; no attempt is counted. */
  | { outcome: 'release' }
  /** Never again. */
  | { outcome: 'give-up' };

export interface FailureFacts {
  pool: Pool;
  /** Attempts that failed before this one. */
  failedAttempts: number;
  /** A number from 0 (inclusive) to 1 (exclusive); spreads the retries of tasks that failed together. */
  random: number;
}

const dependencyDelayMs = 2_000;

/** What to do with a failed task. Pure: the same facts give the same decision. */
export function decideFailure(error: StreamflixError, { pool, failedAttempts, random }: FailureFacts): FailureDecision {
  switch (error.class) {
    case 'input':
    case 'bug':
      return { outcome: 'give-up' };
    case 'control':
      return { outcome: 'release' };
    case 'dependency':
      return { outcome: 'wait', delayMs: dependencyDelayMs * (1 + random) };
    case 'transient': {
      const { maxAttempts, firstDelayMs, maxDelayMs } = retryPolicies[pool];
      if (failedAttempts + 1 >= maxAttempts) return { outcome: 'give-up' };
      const ceilingMs = Math.min(maxDelayMs, firstDelayMs * 2 ** failedAttempts);
      return { outcome: 'retry', delayMs: ceilingMs * (0.5 + random / 2) };
    }
  }
}
