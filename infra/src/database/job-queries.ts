import type { JobState } from '@streamflix/contracts';
import { and, asc, desc, eq, lt, or } from 'drizzle-orm';
import type { Database } from './database.ts';
import { type JobRow, jobs, type TaskRow, tasks } from './schema.ts';

export interface JobFilter {
  state?: JobState;
  videoId?: string;
  limit: number;
  /** The last job of the page before; the list goes on with the next older one. */
  before?: { createdAt: Date; id: string };
}

/** A job of this tenant; another tenant's job is as good as none. */
export async function findJob(database: Database, tenantId: string, jobId: string): Promise<JobRow | null> {
  const rows = await database.query((db) =>
    db
      .select()
      .from(jobs)
      .where(and(eq(jobs.id, jobId), eq(jobs.tenantId, tenantId))),
  );
  return rows[0] ?? null;
}

export const listTasks = (database: Pick<Database, 'query'>, jobId: string): Promise<TaskRow[]> =>
  database.query((db) => db.select().from(tasks).where(eq(tasks.jobId, jobId)).orderBy(asc(tasks.createdAt), asc(tasks.name)));

/** Jobs of a tenant, newest first. */
export function listJobs(database: Database, tenantId: string, { state, videoId, limit, before }: JobFilter): Promise<JobRow[]> {
  const older =
    before && or(lt(jobs.createdAt, before.createdAt), and(eq(jobs.createdAt, before.createdAt), lt(jobs.id, before.id)));
  return database.query((db) =>
    db
      .select()
      .from(jobs)
      .where(
        and(
          eq(jobs.tenantId, tenantId),
          state && eq(jobs.state, state),
          videoId === undefined ? undefined : eq(jobs.videoId, videoId),
          older,
        ),
      )
      .orderBy(desc(jobs.createdAt), desc(jobs.id))
      .limit(limit),
  );
}
