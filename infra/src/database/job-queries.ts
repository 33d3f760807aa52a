import type { SourceOrigin } from '@streamflix/contracts';
import { and, asc, eq, getTableColumns, gt, isNull, sql } from 'drizzle-orm';
import type { Database, Queries } from './database.ts';
import { history, type JobRow, jobs, type TaskRow, tasks } from './schema.ts';

/** A job of this tenant that was not deleted; another tenant's job is as good as none. */
const isThere = (tenantId: string, jobId: string) => and(eq(jobs.id, jobId), eq(jobs.tenantId, tenantId), isNull(jobs.deletedAt));

/** What a job tells of its tasks. */
const statusColumns = {
  id: tasks.id,
  name: tasks.name,
  pool: tasks.pool,
  state: tasks.state,
  progress: tasks.progress,
  predictedCpuSeconds: tasks.predictedCpuSeconds,
  failedAttempts: tasks.failedAttempts,
  errorCode: tasks.errorCode,
  startedAt: tasks.startedAt,
  updatedAt: tasks.updatedAt,
  finishedAt: tasks.finishedAt,
  requires: tasks.requires,
  unclaimableSince: tasks.unclaimableSince,
};
export type TaskStatus = Pick<TaskRow, keyof typeof statusColumns> & {
  /** Of the task that brings the source: where from. */
  origin: SourceOrigin | null;
};

/** What a whole row tells of the task. */
export const toTaskStatus = (task: TaskRow): TaskStatus => ({
  ...task,
  origin: task.spec.kind === 'fetch' ? task.spec.origin : null,
});

export interface JobStatus {
  job: JobRow;
  tasks: TaskStatus[];
}

export const jobQuery = (db: Queries, tenantId: string, jobId: string) => db.select().from(jobs).where(isThere(tenantId, jobId));

export const tasksQuery = (db: Queries, tenantId: string, jobId: string) =>
  db
    .select({ ...statusColumns, origin: sql<SourceOrigin | null>`${tasks.spec} -> 'origin'` })
    .from(tasks)
    .where(and(eq(tasks.jobId, jobId), eq(tasks.tenantId, tenantId)))
    .orderBy(asc(tasks.createdAt), asc(tasks.name));

export async function findJob(database: Database, tenantId: string, jobId: string): Promise<JobRow | null> {
  const rows = await database.query((db) => jobQuery(db, tenantId, jobId));
  return rows[0] ?? null;
}

/** A job with its tasks, in one round trip. */
export function readJobStatus(database: Database, tenantId: string, jobId: string): Promise<JobStatus | null> {
  return database.query(async (db) => {
    const [[job], found] = await Promise.all([jobQuery(db, tenantId, jobId), tasksQuery(db, tenantId, jobId)]);
    return job === undefined ? null : { job, tasks: found };
  });
}

export const listTasks = (database: Pick<Database, 'query'>, jobId: string): Promise<TaskRow[]> =>
  database.query((db) => db.select().from(tasks).where(eq(tasks.jobId, jobId)).orderBy(asc(tasks.createdAt), asc(tasks.name)));

export type HistoryRow = typeof history.$inferSelect & { taskName: string | null };

export const historyQuery = (db: Queries, tenantId: string, jobId: string, { after, limit }: HistoryPage) =>
  db
    .select({ ...getTableColumns(history), taskName: tasks.name })
    .from(history)
    .innerJoin(jobs, eq(jobs.id, history.jobId))
    .leftJoin(tasks, eq(tasks.id, history.taskId))
    .where(and(isThere(tenantId, jobId), eq(history.jobId, jobId), after === undefined ? undefined : gt(history.id, after)))
    .orderBy(asc(history.id))
    .limit(limit);

export interface HistoryPage {
  /** The id of the last step of the page before. */
  after?: number | undefined;
  limit: number;
}

/** The steps of a job and its tasks, oldest first; null for a job that is not there. */
export function listHistory(
  database: Database,
  tenantId: string,
  jobId: string,
  page: HistoryPage,
): Promise<HistoryRow[] | null> {
  return database.query(async (db) => {
    const [[job], steps] = await Promise.all([
      db.select({ id: jobs.id }).from(jobs).where(isThere(tenantId, jobId)),
      historyQuery(db, tenantId, jobId, page),
    ]);
    return job === undefined ? null : steps;
  });
}
