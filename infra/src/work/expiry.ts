import { maxLostWorkers, StreamflixError, signatureOf } from '@streamflix/contracts';
import { and, eq, sql } from 'drizzle-orm';
import { schema } from '../database/index.ts';
import { buryTask } from './bury-task.ts';
import { forEach } from './for-each.ts';
import { concludeGivenUp } from './give-up.ts';
import { lockJob } from './history.ts';
import { failJob, stageOf } from './jobs.ts';
import { recordFailure } from './task-failures.ts';
import { leaveTask } from './tasks.ts';
import { inTransaction, type WorkPorts } from './unit-of-work.ts';

/**
 * Gives the tasks of workers that stopped renewing back to the others. A task that keeps losing its workers is given up.
 * Returns how many were returned or given up.
 */
export async function returnExpiredLeases(ports: WorkPorts, who: string): Promise<number> {
  const { tasks } = schema;
  const expired = await ports.database.query((db) =>
    db
      .select({ id: tasks.id, jobId: tasks.jobId, epoch: tasks.epoch })
      .from(tasks)
      .where(and(eq(tasks.state, 'running'), sql`${tasks.leaseUntil} < now()`))
      .limit(200),
  );
  const lost = new StreamflixError('WORKER_LOST', { message: 'the worker stopped renewing its lease' });
  return forEach(expired, ({ id, jobId, epoch }) =>
    inTransaction(ports, async (unit) => {
      const job = await lockJob(unit, jobId);
      // Read again under the job's lock: the worker may have renewed or finished in between.
      const [still] = await unit.db
        .select({
          pool: tasks.pool,
          spec: tasks.spec,
          renditions: tasks.renditions,
          lostWorkers: tasks.lostWorkers,
          worker: tasks.worker,
        })
        .from(tasks)
        .where(and(eq(tasks.id, id), eq(tasks.epoch, epoch), eq(tasks.state, 'running'), sql`${tasks.leaseUntil} < now()`))
        .for('update');
      if (job === null || still === undefined) return;
      const gaveUp = still.lostWorkers + 1 >= maxLostWorkers;
      await leaveTask(unit, { taskId: id, epoch }, gaveUp ? 'failed' : 'ready', { error: lost, countsAs: 'lost worker', who });
      const signature = signatureOf(lost);
      const facts = { worker: still.worker ?? 'unknown', signature, excused: false };
      await recordFailure(unit, { id, jobId }, lost, facts);
      if (!gaveUp) return;
      const task = { ...still, id, jobId };
      await concludeGivenUp(unit, job, { task, error: new StreamflixError('WORKER_LOST'), stage: stageOf(job), reason: { who } });
      const now = new Date();
      const { code, message } = lost;
      const what = { taskId: id, jobId, pool: still.pool, spec: still.spec, code, message, signature };
      await buryTask(unit, { ...what, attempts: still.lostWorkers + 1, firstFailedAt: now, lastFailedAt: now });
    }),
  );
}

/** Ends live jobs whose deadline passed. Returns how many. */
export async function expireJobs(ports: WorkPorts, who: string): Promise<number> {
  const { jobs } = schema;
  const late = await ports.database.query((db) =>
    db.select({ id: jobs.id }).from(jobs).where(sql`${jobs.finishedAt} is null and ${jobs.deadlineAt} < now()`).limit(200),
  );
  return forEach(late, ({ id }) =>
    inTransaction(ports, async (unit) => {
      const job = await lockJob(unit, id);
      if (job !== null)
        await failJob(unit, job, new StreamflixError('JOB_EXPIRED'), stageOf(job), { who, why: 'deadline passed' });
    }),
  );
}
