import { lifecycle } from './transition-table.ts';

export type TaskState = 'waiting' | 'ready' | 'running' | 'retrying' | 'done' | 'failed' | 'cancelled' | 'skipped';

/** What each state means, in a sentence an operator can read. */
export const taskStateMeanings: Record<TaskState, string> = {
  waiting: 'Planned; something it needs is not there yet.',
  ready: 'May be claimed by any worker of its pool.',
  running: 'Claimed: one worker holds its lease and epoch.',
  retrying: 'Failed in a way that may pass; claimable again from not_before.',
  done: 'Its result is in the database and its files are in the store.',
  failed: 'Given up.',
  cancelled: 'Its job was cancelled or failed, or the rendition it belongs to was given up.',
  skipped: 'Not needed.',
};

/** Where a task may go from each state; anything else is an ILLEGAL_TRANSITION. */
export const taskTransitions = {
  waiting: ['ready', 'cancelled', 'skipped'],
  ready: ['running', 'cancelled', 'skipped'],
  running: ['done', 'ready', 'retrying', 'failed', 'cancelled'],
  retrying: ['running', 'cancelled', 'failed', 'skipped'],
  // Only by a retry of the ended job.
  done: ['ready'],
  failed: ['ready', 'waiting'],
  cancelled: ['ready', 'waiting'],
  skipped: ['ready'],
} as const satisfies Record<TaskState, readonly TaskState[]>;

export const taskLifecycle = lifecycle<TaskState>('task', taskTransitions, ['done', 'failed', 'cancelled', 'skipped']);
