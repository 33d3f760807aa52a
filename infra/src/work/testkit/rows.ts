import { asc, eq, sql } from 'drizzle-orm';
import { type Database, type JobRow, schema, type TaskRow } from '../../database/index.ts';

/** The job; without an id the only one there is. */
export const jobRow = async (database: Database, id?: string): Promise<JobRow | undefined> =>
  (
    await database.query((db) =>
      db
        .select()
        .from(schema.jobs)
        .where(id === undefined ? undefined : eq(schema.jobs.id, id)),
    )
  )[0];

/** All tasks, the oldest first. */
export const taskRows = (database: Database): Promise<TaskRow[]> =>
  database.query((db) => db.select().from(schema.tasks).orderBy(asc(schema.tasks.createdAt)));

/** The task of this name; without one the only one there is. */
export const taskRow = async (database: Database, name?: string): Promise<TaskRow | undefined> =>
  (await taskRows(database)).find((task) => name === undefined || task.name === name);

/** The workers of all running tasks are overdue. */
export const expireLeases = (database: Database): Promise<unknown> =>
  database.query((db) => db.execute(sql`update tasks set lease_until = now() - interval '1 second' where state = 'running'`));

/** The delays of retries are over. */
export const endDelays = (database: Database): Promise<unknown> =>
  database.query((db) => db.update(schema.tasks).set({ notBefore: null }));

/** Whether somebody waits for a row or a lock that somebody else has. */
export async function somebodyWaits(database: Database): Promise<boolean> {
  const { rows } = await database.query((db) =>
    db.execute(sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`),
  );
  return rows.length > 0;
}
