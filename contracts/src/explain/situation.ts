import type { DeadLetterState } from '../lifecycle/dead-letter-state.ts';
import type { JobState } from '../lifecycle/job-state.ts';
import type { TaskState } from '../lifecycle/task-state.ts';
import type { GivenUpRendition, JobPlan } from '../media/plan.ts';
import type { Pool } from '../work/pools.ts';

/** What is known of a job and of the lines its tasks wait in, as the database tells it. */
export interface JobSituation {
  /** By the database's clock. */
  now: Date;
  job: {
    id: string;
    state: JobState;
    priority: number;
    requestedPriority: number | null;
    plan: JobPlan | null;
    errorCode: string | null;
    errorMessage: string | null;
    errorStage: string | null;
    traceparent: string | null;
  };
  /** Who ended it and why, as its history has it; null while it lives. */
  end: { who: string; why: string | null } | null;
  /** In the order they were planned; without those that tell of the job. */
  tasks: readonly TaskSituation[];
  /** Names of the renditions that are done, and of those given up. */
  made: readonly string[];
  givenUp: readonly GivenUpRendition[];
  lines: readonly LineFacts[];
  commands: readonly CommandFacts[];
  failures: readonly FailureFact[];
  letters: readonly { id: string; state: DeadLetterState; pool: Pool | null; code: string }[];
}

export interface TaskSituation {
  id: string;
  name: string;
  pool: Pool;
  state: TaskState;
  requires: readonly string[];
  failedAttempts: number;
  worker: string | null;
  notBefore: Date | null;
  errorCode: string | null;
  errorMessage: string | null;
}

/** A place where tasks of the job with the same needs wait to be claimed. */
export interface LineFacts {
  pool: Pool;
  requires: readonly string[];
  /** Of the job, in line. */
  tasks: number;
  /** The first of them may be claimed now; else it waits for its next attempt. */
  isDue: boolean;
  /** What is claimed before the first of them. */
  ahead: { tasks: number; ofOthers: number; cpuSeconds: number };
  /** Tasks of the tenant in the pool; `mayRun` null for any number. */
  tenant: { running: number; mayRun: number | null };
  /** Workers of the pool that were seen lately; those among them that have what is required, and of these the quarantined. */
  workers: { seen: number; able: number; quarantined: number; quarantinedUntil: Date | null };
  /** Of workers that are able and may work. */
  slots: { all: number; busy: number };
  /** The code that others in this pool wait with, for a server that is away. */
  outage: string | null;
}

export interface CommandFacts {
  taskId: string;
  epoch: number;
  worker: string;
  program: string;
  args: readonly string[];
  startedAt: Date;
  seconds: number;
  exit: string;
}

export interface FailureFact {
  taskId: string;
  worker: string;
  code: string;
  message: string;
  at: Date;
  excused: boolean;
}
