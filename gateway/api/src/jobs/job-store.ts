import type { Caller, JobState } from '@streamflix/contracts';
import { findJob, type JobRow, listJobs, listTasks, type TaskRow, type Transaction } from '@streamflix/infra/database';
import type { Platform } from '@streamflix/infra/processor';
import {
  assertQuota,
  cancelJob,
  type Quota,
  type RetryAnswer,
  reprioritiseJob,
  retryJob,
  type Submission,
  submitUpload,
  type Wanted,
} from '@streamflix/infra/work';

export interface JobPage {
  state?: JobState;
  videoId?: string;
  limit: number;
  before?: { createdAt: Date; id: string };
}

/** Whose job, and who decides about it. */
export type Requester = Pick<Caller, 'tenantId' | 'name'>;

/** What else is written in the transaction that makes a job; given the job as it is then. */
export type AlsoWritten = (db: Transaction, job: JobRow, tasks: TaskRow[]) => Promise<void>;

/** What the routes need of the jobs; the only place of the gateway that knows where they are kept. */
export interface JobStore {
  /** Throws QUOTA_EXCEEDED and DATABASE_UNAVAILABLE; asked before a large body is taken. */
  admit(tenantId: string): Promise<void>;
  /** Throws QUOTA_EXCEEDED for a new job that is one too many. */
  submit(submission: Submission, also?: AlsoWritten): Promise<{ jobId: string; created: boolean }>;
  find(tenantId: string, jobId: string): Promise<JobRow | null>;
  tasksOf(job: Pick<JobRow, 'tenantId' | 'id'>): Promise<TaskRow[]>;
  list(tenantId: string, page: JobPage): Promise<JobRow[]>;
  cancel(by: Requester, jobId: string): Promise<'cancelled' | 'already-ended' | 'not-found'>;
  retry(by: Requester, jobId: string, wanted: Wanted): Promise<RetryAnswer>;
  reprioritise(by: Requester, jobId: string, priority: number): Promise<'reprioritised' | 'already-ended' | 'not-found'>;
}

export const openJobStore = ({ database, outbox }: Pick<Platform, 'database' | 'outbox'>, quota: Quota): JobStore => {
  const workOf = ({ tenantId }: { tenantId: string }) => ({ database: database.forTenant(tenantId), outbox });
  return {
    admit: (tenantId) => assertQuota(database.forTenant(tenantId), tenantId, quota),
    submit: (submission, also) =>
      submitUpload(workOf(submission), submission, quota, async ({ db }, job) => {
        if (also !== undefined) await also(db, job, await listTasks({ query: (run) => run(db) }, job.id));
      }),
    find: (tenantId, jobId) => findJob(database.forTenant(tenantId), tenantId, jobId),
    tasksOf: ({ tenantId, id }) => listTasks(database.forTenant(tenantId), id),
    list: (tenantId, page) => listJobs(database.forTenant(tenantId), tenantId, page),
    cancel: ({ tenantId, name }, jobId) => cancelJob(workOf({ tenantId }), { tenantId, jobId, requestedBy: name }),
    retry: ({ tenantId, name }, jobId, wanted) =>
      retryJob(workOf({ tenantId }), { ...wanted, tenantId, jobId, requestedBy: name }),
    reprioritise: ({ tenantId, name }, jobId, priority) =>
      reprioritiseJob(workOf({ tenantId }), { tenantId, jobId, priority, requestedBy: name }, quota),
  };
};
