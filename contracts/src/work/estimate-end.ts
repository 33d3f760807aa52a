import { jobProgress, type TaskProgress } from './progress.ts';

export interface TimedTask extends TaskProgress {
  /** Milliseconds since the epoch; null before it began. */
  startedAt: number | null;
  /** When its state or progress was last written. */
  updatedAt: number;
}

/** Below this share of the work a pace says nothing yet. */
const leastShare = 0.01;

/**
 * When a job will have ended at the pace of its encoding so far, in milliseconds since the epoch; null while that is not known. What
 * waits in front of the encoding is no part of the pace. Told of the rows alone: the same rows, the same answer, whatever the time.
 */
export function estimateEnd(tasks: readonly TimedTask[]): number | null {
  const begun = tasks.filter(({ pool, startedAt }) => pool === 'encode' && startedAt !== null);
  const beganAt = Math.min(...begun.map(({ startedAt, updatedAt }) => startedAt ?? updatedAt));
  const isEncoding = tasks.some(({ pool, state }) => pool === 'encode' && state !== 'done');
  const seenAt = Math.max(...begun.map(({ updatedAt }) => updatedAt));
  const before = jobProgress(tasks.filter(({ pool }) => pool === 'probe'));
  const encoded = jobProgress(tasks.filter(({ pool }) => pool !== 'package')) - before;
  if (begun.length === 0 || encoded < leastShare || seenAt <= beganAt) return null;
  const msPerShare = (seenAt - beganAt) / encoded;
  const left = 1 - jobProgress(tasks);
  const asOf = isEncoding ? seenAt : Math.max(...tasks.map(({ updatedAt }) => updatedAt));
  return Math.round(asOf + left * msPerShare);
}
