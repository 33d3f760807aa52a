import type { JobState, Pool } from '@streamflix/contracts';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { type JobRow, schema, type TaskRow } from '../database/index.ts';
import { type ClaimOptions, findClaimable } from './find-claimable.ts';
import { lockJob, moveJob, recordTaskSteps } from './history.ts';
import { moveClock } from './turns.ts';
import { inTransaction, type WorkPorts } from './unit-of-work.ts';

const { tasks } = schema;

/** The state a job is in while a task of the pool runs. */
const phaseOf: Partial<Record<Pool, JobState>> = { probe: 'pending', encode: 'transcoding', package: 'completing' };

export interface ClaimedTask {
  task: TaskRow;
  job: JobRow;
}

const needsMove = (job: Pick<JobRow, 'state'>, pool: Pool): boolean =>
  job.state === 'retrying' || (pool === 'encode' && job.state === 'assigned');

/**
 * Shows in the job's state that its work goes on. A transaction of its own, after the claim: everybody else locks the job before
 * its tasks, so a claim that held its task while waiting for the job would deadlock with a cancellation. Nothing but the view of
 * the job depends on it.
 */
export async function showPhase(ports: WorkPorts, { task, job: { id, state } }: ClaimedTask, worker: string): Promise<void> {
  const { pool } = task;
  const phase = phaseOf[pool];
  if (phase === undefined || !needsMove({ state }, pool)) return;
  await inTransaction(ports, async (unit) => {
    const job = await lockJob(unit, id);
    if (job === null || !needsMove(job, pool)) return;
    const live = await unit.db
      .select({ id: tasks.id, state: tasks.state, epoch: tasks.epoch })
      .from(tasks)
      .where(and(eq(tasks.jobId, id), inArray(tasks.state, ['running', 'retrying'])));
    const isOurs = live.some((each) => each.id === task.id && each.epoch === task.epoch && each.state === 'running');
    if (!isOurs || live.some((each) => each.state === 'retrying')) return;
    await moveJob(unit, job, phase, { who: worker, why: `a task of ${pool} was claimed` });
  });
}

/**
 * Takes one task for this worker: running, one epoch higher, leased. Null when there is none. Two workers never get the same
 * epoch: the row is locked while it changes, and a locked row is passed over.
 */
export async function claimTask(ports: WorkPorts, options: ClaimOptions): Promise<ClaimedTask | null> {
  const { worker, leaseMs } = options;
  return inTransaction(ports, async (unit) => {
    const found = await findClaimable(unit, options);
    if (found === null) return null;
    const [task] = await unit.db
      .update(tasks)
      .set({
        state: 'running',
        epoch: sql`${tasks.epoch} + 1`,
        leaseUntil: sql`now() + make_interval(secs => ${leaseMs / 1000})`,
        worker,
        notBefore: null,
        startedAt: sql`coalesce(${tasks.startedAt}, now())`,
        updatedAt: sql`now()`,
      })
      .where(eq(tasks.id, found.id))
      .returning();
    const [job] = await unit.db
      .select()
      .from(schema.jobs)
      .where(eq(schema.jobs.id, task?.jobId ?? ''));
    if (task === undefined || job === undefined) throw new Error(`task ${found.id} vanished under its lock`);
    await recordTaskSteps(unit, [{ jobId: job.id, taskId: task.id, from: found.state, to: 'running' }], {
      who: worker,
      why: `epoch ${task.epoch}`,
    });
    await moveClock(unit, task);
    return { task, job };
  });
}
