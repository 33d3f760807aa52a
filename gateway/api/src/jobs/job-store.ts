import type { Caller, JobState } from '@streamflix/contracts';
import { findJob, type JobRow, listJobs, listTasks, type TaskRow } from '@streamflix/infra/database';
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

/** What the routes need of the jobs; the only place of the gateway that knows where they are kept. */
export interface JobStore {
  /** Throws QUOTA_EXCEEDED and DATABASE_UNAVAILABLE; asked before a large body is taken. */
  admit(tenantId: string): Promise<void>;
  /** Throws QUOTA_EXCEEDED for a new job that is one too many. */
  submit(submission: Submission): Promise<{ jobId: string; created: boolean }>;
  find(tenantId: string, jobId: string): Promise<JobRow | null>;
  tasksOf(jobId: string): Promise<TaskRow[]>;
  list(tenantId: string, page: JobPage): Promise<JobRow[]>;
  cancel(by: Requester, jobId: string): Promise<'cancelled' | 'already-ended' | 'not-found'>;
  retry(by: Requester, jobId: string, wanted: Wanted): Promise<RetryAnswer>;
  reprioritise(by: Requester, jobId: string, priority: number): Promise<'reprioritised' | 'already-ended' | 'not-found'>;
}

export const openJobStore = ({ database, outbox }: Pick<Platform, 'database' | 'outbox'>, quota: Quota): JobStore => ({
  admit: (tenantId) => assertQuota(database, tenantId, quota),
  submit: (submission) => submitUpload({ database, outbox }, submission, quota),
  find: (tenantId, jobId) => findJob(database, tenantId, jobId),
  tasksOf: (jobId) => listTasks(database, jobId),
  list: (tenantId, page) => listJobs(database, tenantId, page),
  cancel: ({ tenantId, name }, jobId) => cancelJob({ database, outbox }, { tenantId, jobId, requestedBy: name }),
  retry: ({ tenantId, name }, jobId, wanted) =>
    retryJob({ database, outbox }, { ...wanted, tenantId, jobId, requestedBy: name }),
  reprioritise: ({ tenantId, name }, jobId, priority) =>
    reprioritiseJob({ database, outbox }, { tenantId, jobId, priority, requestedBy: name }, quota),
});
