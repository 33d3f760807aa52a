import type { JobState } from '../lifecycle/job-state.ts';
import type { TaskState } from '../lifecycle/task-state.ts';
import type { TopicName } from '../topics.ts';
import type { Pool } from '../work/pools.ts';

/** Times are milliseconds since the epoch, by the database's clock. */
export interface TaskFacts {
  id: string;
  name: string;
  pool: Pool;
  state: TaskState;
  renditions: string[];
  leaseUntil: number | null;
}

export interface HistoryFacts {
  /** Null: a step of the job itself. */
  taskId: string | null;
  from: string | null;
  to: string;
}

export interface UnconfirmedEvent {
  eventId: string;
  topic: string;
  createdAt: number;
}

/** What the database says of a job, read at one moment. */
export interface JobFacts {
  jobId: string;
  tenantId: string;
  videoId: string;
  state: JobState;
  packageVersion: number | null;
  /** The event ids that tell its attempts, in order; the last one is of the present attempt. */
  outcomeEventIds: string[];
  /** The outcome event of the present attempt, as it was emitted. */
  outcome: Record<string, unknown> | null;
  createdAt: number;
  updatedAt: number;
  finishedAt: number | null;
  cleanedAt: number | null;
  tasks: TaskFacts[];
  renditions: { name: string; done: boolean }[];
  /** In the order in which it was written. */
  history: HistoryFacts[];
  /** Of this job, not yet read back. */
  unconfirmed: UnconfirmedEvent[];
  /** Sizes by path inside the package, as it was published; null where that was not written down. */
  packageFiles: Record<string, number> | null;
}

/** An outcome as a topic tells it; equal copies are one. */
export interface OutcomeCopy {
  topic: TopicName;
  eventId: string;
  /** `canonicalJson` of the event. */
  content: string;
}

/** What the store has of an ended job. */
export interface StoreFacts {
  /** Sizes by path inside the published package. */
  files: ReadonlyMap<string, number>;
  /** Null: the manifests are not there to be read. */
  manifests: { faults: string[]; named: string[] } | null;
  /** Keys of the job beside its published package. */
  leftovers: string[];
}

/** How long what is under way may take before it counts as a disagreement. */
export interface CheckerLimits {
  unconfirmedMs: number;
  lapsedLeaseMs: number;
  stalledMs: number;
  /** After the time for which an ended job keeps its work. */
  cleanupMs: number;
}

export const checkerLimits: CheckerLimits = {
  unconfirmedMs: 5 * 60_000,
  lapsedLeaseMs: 5 * 60_000,
  stalledMs: 15 * 60_000,
  cleanupMs: 60 * 60_000,
};

/** Keys in order and without undefined, so that equal values are equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
