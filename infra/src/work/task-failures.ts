import { blameableCodes, type PastFailure, type StreamflixError } from '@streamflix/contracts';
import { asc, eq, inArray, sql } from 'drizzle-orm';
import { schema, type TaskRow } from '../database/index.ts';
import { storable } from './history.ts';
import type { UnitOfWork } from './unit-of-work.ts';
import { sinceSuccess } from './workers.ts';

const { taskFailures, tasks } = schema;

/** The earlier failures of a task, oldest first. */
export async function failuresOf({ db }: UnitOfWork, taskId: string): Promise<PastFailure[]> {
  const rows = await db.select().from(taskFailures).where(eq(taskFailures.taskId, taskId)).orderBy(asc(taskFailures.at));
  return rows.map((row) => ({ ...row, at: row.at.getTime() }));
}

export async function recordFailure(
  { db }: UnitOfWork,
  task: Pick<TaskRow, 'id' | 'jobId'>,
  { code, message }: StreamflixError,
  { worker, signature, excused }: Pick<PastFailure, 'worker' | 'signature' | 'excused'>,
): Promise<void> {
  await db
    .insert(taskFailures)
    .values({ taskId: task.id, jobId: task.jobId, worker, code, signature, message: storable(message, 2000), excused });
}

/** Tasks begin anew, as somebody asked for who mended the cause: what failed before is not held against them. */
export async function forgetFailures({ db }: UnitOfWork, taskIds: readonly string[]): Promise<void> {
  await db.delete(taskFailures).where(inArray(taskFailures.taskId, [...taskIds]));
}

/**
 * Gives back the attempts that tasks lost on a worker which turned out to be at fault. Other jobs' tasks are touched without their
 * job's lock, so one that somebody is deciding about is passed over.
 */
export async function excuseFailures({ db }: UnitOfWork, worker: string): Promise<void> {
  const unexcused = sql`${taskFailures.worker} = ${worker} and not ${taskFailures.excused} and ${sinceSuccess(worker)}
    and ${inArray(taskFailures.code, [...blameableCodes])}`;
  await db.execute(sql`
    with live as materialized (
      select ${tasks.id} from ${tasks}
      where ${tasks.id} in (select ${taskFailures.taskId} from ${taskFailures} where ${unexcused})
        and ${tasks.state} in ('waiting', 'ready', 'running', 'retrying')
      for update skip locked),
    excused as (
      update ${taskFailures} set excused = true from live where ${taskFailures.taskId} = live.id and ${unexcused}
      returning ${taskFailures.taskId}),
    counted as (select task_id, count(*)::int as attempts from excused group by task_id)
    update ${tasks} set failed_attempts = greatest(0, failed_attempts - attempts) from counted where ${tasks.id} = counted.task_id`);
}
