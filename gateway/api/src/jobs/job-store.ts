import type { Caller, SourceOrigin } from '@streamflix/contracts';
import {
  countJobs,
  type Database,
  findJob,
  type HistoryPage,
  type HistoryRow,
  type JobFilter,
  type JobListQuery,
  type JobRow,
  type JobStatus,
  type ListedJob,
  listHistory,
  listJobs,
  listTasks,
  readJobStatus,
  type TaskRow,
  type Transaction,
} from '@streamflix/infra/database';
import type { Platform } from '@streamflix/infra/processor';
import {
  assertQuota,
  cancelJob,
  type DeletionAnswer,
  deleteJob,
  type FetchSubmission,
  type Quota,
  type RetryAnswer,
  reprioritiseJob,
  retryJob,
  type Submission,
  submitFetch,
  submitUpload,
  type Version,
  type Wanted,
} from '@streamflix/infra/work';

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
  /** A new job whose source is brought into the store first. Throws QUOTA_EXCEEDED. */
  submitFetch(by: Requester, submission: FetchSubmission, origin: SourceOrigin, also?: AlsoWritten): Promise<{ jobId: string }>;
  find(tenantId: string, jobId: string): Promise<JobRow | null>;
  tasksOf(job: Pick<JobRow, 'tenantId' | 'id'>): Promise<TaskRow[]>;
  /** A job with what it tells of its tasks; null for one that is not there or of another tenant. */
  read(tenantId: string, jobId: string): Promise<JobStatus | null>;
  list(tenantId: string, query: JobListQuery): Promise<ListedJob[]>;
  /** Never more than `atMost`. */
  count(tenantId: string, filter: JobFilter, atMost: number): Promise<number>;
  history(tenantId: string, jobId: string, page: HistoryPage): Promise<HistoryRow[] | null>;
  cancel(by: Requester, jobId: string, ifVersion?: Version): Promise<'cancelled' | 'already-ended' | 'not-found' | 'changed'>;
  retry(by: Requester, jobId: string, wanted: Wanted, ifVersion?: Version): Promise<RetryAnswer>;
  reprioritise(
    by: Requester,
    jobId: string,
    priority: number,
    ifVersion?: Version,
  ): Promise<'reprioritised' | 'already-ended' | 'not-found' | 'changed'>;
  delete(by: Requester, jobId: string, ifVersion?: Version): Promise<DeletionAnswer>;
}

/** Runs a read on a database that may lag, unless what the tenant last wrote is not there yet. */
export type ReadLagging = <T>(tenantId: string, read: (database: Database) => Promise<T>) => Promise<T>;

const writing =
  (also: AlsoWritten | undefined) =>
  async ({ db }: { db: Transaction }, job: JobRow): Promise<void> => {
    if (also !== undefined) await also(db, job, await listTasks({ query: (run) => run(db) }, job.id));
  };

export const openJobStore = (
  { database, outbox }: Pick<Platform, 'database' | 'outbox'>,
  quota: Quota,
  readLagging: ReadLagging = (tenantId, read) => read(database.forTenant(tenantId)),
): JobStore => {
  const workOf = ({ tenantId }: { tenantId: string }) => ({ database: database.forTenant(tenantId), outbox });
  return {
    admit: (tenantId) => assertQuota(database.forTenant(tenantId), tenantId, quota),
    submit: (submission, also) => submitUpload(workOf(submission), submission, quota, writing(also)),
    submitFetch: ({ tenantId, name }, submission, origin, also) =>
      submitFetch(workOf({ tenantId }), { submission, origin, requestedBy: name }, quota, writing(also)),
    find: (tenantId, jobId) => findJob(database.forTenant(tenantId), tenantId, jobId),
    tasksOf: ({ tenantId, id }) => listTasks(database.forTenant(tenantId), id),
    read: (tenantId, jobId) => readJobStatus(database.forTenant(tenantId), tenantId, jobId),
    list: (tenantId, query) => readLagging(tenantId, (lagging) => listJobs(lagging, tenantId, query)),
    count: (tenantId, filter, atMost) => readLagging(tenantId, (lagging) => countJobs(lagging, tenantId, filter, atMost)),
    history: (tenantId, jobId, page) => readLagging(tenantId, (lagging) => listHistory(lagging, tenantId, jobId, page)),
    cancel: ({ tenantId, name }, jobId, ifVersion) =>
      cancelJob(workOf({ tenantId }), { tenantId, jobId, requestedBy: name, ifVersion }),
    retry: ({ tenantId, name }, jobId, wanted, ifVersion) =>
      retryJob(workOf({ tenantId }), { ...wanted, tenantId, jobId, requestedBy: name, ifVersion }),
    reprioritise: ({ tenantId, name }, jobId, priority, ifVersion) =>
      reprioritiseJob(workOf({ tenantId }), { tenantId, jobId, priority, requestedBy: name, ifVersion }, quota),
    delete: ({ tenantId, name }, jobId, ifVersion) =>
      deleteJob(workOf({ tenantId }), { tenantId, jobId, requestedBy: name, ifVersion }),
  };
};
