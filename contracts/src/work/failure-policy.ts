import type { ErrorCode } from '../errors/catalogue.ts';
import type { StreamflixError } from '../errors/streamflix-error.ts';
import { type Pool, quarantinePolicy, retryPolicies } from './pools.ts';

export type FailureDecision =
  /** Try again after the delay, elsewhere if possible; the attempt is counted. */
  | { outcome: 'retry'; delayMs: number }
  /** Try again after the delay; the task is not at fault and no attempt is counted. */
  | { outcome: 'wait'; delayMs: number }
  /** Hand it back at once for another worker; no attempt is counted. */
  | { outcome: 'release' }
  /** The worker is at fault: it gets no work for so long, and its tasks go elsewhere without having lost an attempt. */
  | { outcome: 'quarantine'; forMs: number; delayMs: number }
  /** Never again. */
  | { outcome: 'give-up'; because: 'its class' | 'attempts' | 'two workers' };

/** An earlier failure, of a task or on a worker. */
export interface PastFailure {
  taskId: string;
  jobId: string;
  worker: string;
  code: ErrorCode;
  signature: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** It was the worker's fault and took no attempt from the task. */
  excused: boolean;
}

/** The worker that failed, as the others know it. */
export interface WorkerRecord {
  name: string;
  /** It has finished tasks before. */
  hasSucceeded: boolean;
  /** How often it was quarantined since it last finished a task; more than none is probation. */
  quarantines: number;
  /** How long its quarantine still lasts; 0 when it has none. */
  quarantinedForMs: number;
  /** What else failed on it since it last finished a task. */
  failures: readonly PastFailure[];
}

export interface FailureFacts {
  taskId: string;
  jobId: string;
  pool: Pool;
  /** Attempts that failed before this one. */
  failedAttempts: number;
  /** Of this error. */
  signature: string;
  /** Earlier failures of this task. */
  history: readonly PastFailure[];
  worker: WorkerRecord;
  /** A number from 0 (inclusive) to 1 (exclusive); spreads the retries of tasks that failed together. */
  random: number;
}

const dependencyDelayMs = 2_000;

/** Codes that may be the fault of the worker as well as of the task; a receiver's refusal is neither. */
export const blameableCodes: readonly ErrorCode[] = ['ENCODER_FAILED', 'ENCODER_STALLED', 'PACKAGER_FAILED', 'PACKAGE_INVALID'];

const countDistinct = <T>(values: readonly T[]): number => new Set(values).size;

/** A task that failed in the same way elsewhere says nothing against this worker. */
const failedElsewhere = ({ history, signature, worker }: FailureFacts): boolean =>
  history.some((past) => past.worker !== worker.name && past.signature === signature);

/** Many tasks of several videos failed there and none was finished in between; or it was let out to prove itself, and did not. */
function workerIsAtFault(facts: FailureFacts): boolean {
  const { worker, taskId, jobId, history } = facts;
  if (history.filter(({ excused }) => excused).length >= quarantinePolicy.excuses) return false;
  if (worker.quarantinedForMs > 0) return true;
  if (worker.quarantines > 0) return !failedElsewhere(facts) || !worker.hasSucceeded;
  const failures = worker.failures.filter(({ code }) => blameableCodes.includes(code));
  const tasks = countDistinct([...failures.map((past) => past.taskId), taskId]);
  const jobs = countDistinct([...failures.map((past) => past.jobId), jobId]);
  return tasks >= quarantinePolicy.failedTasks && jobs >= quarantinePolicy.failedJobs;
}

/**
 * Two workers saw the same. The word of one counts that has finished tasks and on which nothing else fails: otherwise two broken
 * workers would condemn whatever comes by.
 */
function taskIsAtFault(facts: FailureFacts): boolean {
  const { worker, taskId } = facts;
  const isTrusted = worker.hasSucceeded && worker.quarantines === 0 && worker.failures.every((past) => past.taskId === taskId);
  return isTrusted && failedElsewhere(facts);
}

/** What ran beside the task that brought the quarantine about does not make it longer. */
const quarantineMs = ({ worker: { quarantines, quarantinedForMs } }: FailureFacts): number =>
  quarantinedForMs > 0
    ? quarantinedForMs
    : Math.min(quarantinePolicy.longestMs, quarantinePolicy.firstMs * 2 ** Math.min(quarantines, 30));

function decideTransient(error: StreamflixError, facts: FailureFacts): FailureDecision {
  const { pool, failedAttempts, random } = facts;
  const { maxAttempts, firstDelayMs, maxDelayMs } = retryPolicies[pool];
  const ceilingMs = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(failedAttempts, 30));
  const delayMs = ceilingMs * (0.5 + random / 2);
  if (blameableCodes.includes(error.code)) {
    if (taskIsAtFault(facts)) return { outcome: 'give-up', because: 'two workers' };
    if (workerIsAtFault(facts)) return { outcome: 'quarantine', forMs: quarantineMs(facts), delayMs };
  }
  return failedAttempts + 1 >= maxAttempts ? { outcome: 'give-up', because: 'attempts' } : { outcome: 'retry', delayMs };
}

/** Until when a server that is away is not asked again, where the error knows it. */
const knownWaitMs = ({ details: { retryAfterMs } }: StreamflixError): number =>
  typeof retryAfterMs === 'number' && retryAfterMs > 0 ? retryAfterMs : 0;

/** What to do with a failed task. Pure: the same facts give the same decision. */
export function decideFailure(error: StreamflixError, facts: FailureFacts): FailureDecision {
  switch (error.class) {
    case 'input':
    case 'bug':
      return { outcome: 'give-up', because: 'its class' };
    case 'control':
      return { outcome: 'release' };
    case 'dependency':
      return { outcome: 'wait', delayMs: Math.max(dependencyDelayMs, knownWaitMs(error)) * (1 + facts.random) };
    case 'transient':
      return decideTransient(error, facts);
  }
}

/** Whether a failure tells something about the task or its worker that a later decision needs. */
export const isWorthRemembering = (error: StreamflixError): boolean =>
  error.code === 'DISK_FULL' || !['control', 'dependency'].includes(error.class);
