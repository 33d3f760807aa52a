import { lifecycle } from './transition-table.ts';

export type JobState = 'pending' | 'assigned' | 'transcoding' | 'completing' | 'completed' | 'retrying' | 'failed' | 'cancelled';

/** What each state means, in a sentence an operator can read. */
export const jobStateMeanings: Record<JobState, string> = {
  pending: 'Accepted; its source has not been probed yet.',
  assigned: 'Probed and planned; no encode task has started.',
  transcoding: 'At least one encode task has started.',
  completing: 'Every rendition is done; the package is being made and verified.',
  completed: 'The package is published and VideoTranscoded is told.',
  retrying: 'A task failed in a way that may pass; it waits for its next attempt.',
  failed: 'Given up; VideoFailed says why.',
  cancelled: 'Somebody cancelled it; VideoFailed is told with JOB_CANCELLED.',
};

/** Where a job may go from each state; anything else is an ILLEGAL_TRANSITION. */
export const jobTransitions = {
  pending: ['assigned', 'retrying', 'failed', 'cancelled'],
  assigned: ['transcoding', 'completing', 'retrying', 'failed', 'cancelled'],
  transcoding: ['completing', 'retrying', 'failed', 'cancelled'],
  completing: ['completed', 'retrying', 'failed', 'cancelled'],
  retrying: ['pending', 'assigned', 'transcoding', 'completing', 'completed', 'failed', 'cancelled'],
  completed: [],
  // Only by somebody's wish: a retry is another attempt with an outcome of its own.
  failed: ['retrying'],
  cancelled: ['retrying'],
} as const satisfies Record<JobState, readonly JobState[]>;

export const jobLifecycle = lifecycle<JobState>('job', jobTransitions, ['completed', 'failed', 'cancelled']);
