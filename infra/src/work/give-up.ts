import { isOptional, type StreamflixError, type TaskState } from '@streamflix/contracts';
import { and, arrayOverlaps, eq, inArray, ne, sql } from 'drizzle-orm';
import { type JobRow, schema, type TaskRow } from '../database/index.ts';
import { type Reason, recordNote, recordTaskSteps, storable } from './history.ts';
import { failJob, identityOf } from './jobs.ts';
import { readyPackage } from './renditions.ts';
import type { UnitOfWork } from './unit-of-work.ts';

const { renditions, tasks } = schema;

export interface GivenUpTask {
  task: Pick<TaskRow, 'id' | 'jobId' | 'pool' | 'spec' | 'renditions'>;
  error: StreamflixError;
  stage: string;
  reason: Reason;
}

/** What follows for a locked job from a task that has just failed for good: its end, or a job without what only that task would have made. */
export async function concludeGivenUp(unit: UnitOfWork, job: JobRow, { task, error, stage, reason }: GivenUpTask): Promise<void> {
  // A webhook that nobody takes says nothing about the video.
  if (task.pool === 'notify') return;
  if (isOptional(task.spec)) await giveUpRenditions(unit, job, task, error, reason);
  else await failJob(unit, job, error, stage, reason);
}

async function giveUpRenditions(
  unit: UnitOfWork,
  job: JobRow,
  task: GivenUpTask['task'],
  { code, message }: StreamflixError,
  { who }: Reason,
): Promise<void> {
  const why = `${task.renditions.join(', ')} given up: ${code}`;
  await unit.db
    .update(renditions)
    .set({ givenUp: { code, message: storable(message, 500) } })
    .where(and(eq(renditions.jobId, job.id), inArray(renditions.name, task.renditions)));
  await stopSiblings(unit, job, task, { who, why });
  await recordNote(unit, job, { who, why });
  await readyPackage(unit, job, who);
}

/** The other chunks of a rendition nobody waits for any more. */
async function stopSiblings(unit: UnitOfWork, job: JobRow, task: GivenUpTask['task'], reason: Reason): Promise<void> {
  const live: TaskState[] = ['waiting', 'ready', 'running', 'retrying'];
  const siblings = await unit.db
    .select({ id: tasks.id, state: tasks.state })
    .from(tasks)
    .where(
      and(
        ...[eq(tasks.jobId, job.id), ne(tasks.id, task.id), inArray(tasks.state, live)],
        arrayOverlaps(tasks.renditions, task.renditions),
      ),
    )
    .for('update');
  if (siblings.length === 0) return;
  await unit.db
    .update(tasks)
    .set({ state: 'cancelled', leaseUntil: null, updatedAt: sql`now()`, finishedAt: sql`now()` })
    .where(
      inArray(
        tasks.id,
        siblings.map(({ id }) => id),
      ),
    );
  await recordTaskSteps(
    unit,
    siblings.map(({ id, state }) => ({ jobId: job.id, taskId: id, from: state, to: 'cancelled' as const })),
    reason,
  );
  for (const { id } of siblings.filter(({ state }) => state === 'running'))
    unit.emit('job.control', {
      ...identityOf(job),
      ...{ action: 'cancel', taskId: id, requestedBy: reason.who, reason: reason.why ?? null },
    });
}
