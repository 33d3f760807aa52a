import type { SourceOrigin } from '@streamflix/contracts';
import { and, asc, eq, getTableColumns, gt, isNull, type Placeholder, sql } from 'drizzle-orm';
import type { Database, Queries } from './database.ts';
import { jsonRows } from './json-rows.ts';
import { oncePerConnection } from './once-per-connection.ts';
import { history, type JobRow, jobs, type TaskRow, tasks } from './schema.ts';

type Given = string | Placeholder;

/** A job of this tenant that was not deleted; another tenant's job is as good as none. */
const isThere = (tenantId: Given, jobId: Given) => and(eq(jobs.id, jobId), eq(jobs.tenantId, tenantId), isNull(jobs.deletedAt));

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

export async function findJob(database: Database, tenantId: string, jobId: string): Promise<JobRow | null> {
  const rows = await database.query((db) => db.select().from(jobs).where(isThere(tenantId, jobId)));
  return rows[0] ?? null;
}

const jobRows = jsonRows<JobRow>(getTableColumns(jobs));
const taskRows = jsonRows<TaskStatus>({ ...statusColumns, origin: sql`${tasks.spec} -> 'origin'` });

/** A job with its tasks. */
export const statusQuery = (db: Queries, tenantId: Given, jobId: Given) =>
  db
    .select({
      job: sql<unknown>`${jobRows.value}`,
      tasks: sql<unknown[]>`(
        select coalesce(json_agg(${taskRows.value} order by ${tasks.createdAt}, ${tasks.name}), '[]')
        from ${tasks} where ${and(eq(tasks.jobId, jobId), eq(tasks.tenantId, tenantId))})`,
    })
    .from(jobs)
    .where(isThere(tenantId, jobId));

const prepareStatus = oncePerConnection((db: Queries) =>
  statusQuery(db, sql.placeholder('tenantId'), sql.placeholder('jobId')).prepare('job_status'),
);

export async function readJobStatus(database: Database, tenantId: string, jobId: string): Promise<JobStatus | null> {
  const [found] = await database.lookUp((db) => prepareStatus(db).execute({ tenantId, jobId }));
  return found === undefined ? null : { job: jobRows.toRow(found.job), tasks: found.tasks.map(taskRows.toRow) };
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
