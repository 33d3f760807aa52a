import {
  decideFailure,
  type FailureDecision,
  jobLifecycle,
  maxLostWorkers,
  StreamflixError,
  signatureOf,
} from '@streamflix/contracts';
import { and, eq, sql } from 'drizzle-orm';
import { schema, type TaskRow } from '../database/index.ts';
import { buryTask } from './bury-task.ts';
import { forEach } from './for-each.ts';
import { lockJob, moveJob } from './history.ts';
import { failJob, stageOf } from './jobs.ts';
import { type Claim, leaveTask } from './tasks.ts';
import { inTransaction, type UnitOfWork, type WorkPorts } from './unit-of-work.ts';

/** Writes down what becomes of a task that failed under this claim. LEASE_LOST means it was no longer ours to fail. */
export function settleFailure(
  ports: WorkPorts,
  task: TaskRow,
  error: StreamflixError,
  who: string,
): Promise<FailureDecision | 'lost'> {
  const decision = decideFailure(error, { pool: task.pool, failedAttempts: task.failedAttempts, random: Math.random() });
  const claim = { taskId: task.id, epoch: task.epoch };
  return inTransaction(ports, async (unit) =>
    (await applyDecision(unit, task, claim, error, decision, who)) ? decision : 'lost',
  );
}

async function applyDecision(
  unit: UnitOfWork,
  task: TaskRow,
  claim: Claim,
  error: StreamflixError,
  decision: FailureDecision,
  who: string,
): Promise<boolean> {
  const job = await lockJob(unit, task.jobId);
  if (job === null) return false;
  switch (decision.outcome) {
    case 'release':
      return leaveTask(unit, claim, 'ready', { error, who });
    case 'wait':
      return leaveTask(unit, claim, 'retrying', { error, delayMs: decision.delayMs, who });
    case 'retry': {
      const left = await leaveTask(unit, claim, 'retrying', { error, delayMs: decision.delayMs, countsAs: 'attempt', who });
      if (left && job.state !== 'retrying' && jobLifecycle.mayBecome(job.state, 'retrying')) {
        await moveJob(unit, job, 'retrying', { who, why: error.code });
      }
      return left;
    }
    case 'give-up': {
      const left = await leaveTask(unit, claim, 'failed', { error, countsAs: 'attempt', who });
      // A webhook that nobody takes says nothing about the video.
      if (left && task.pool !== 'notify') await failJob(unit, job, error, task.pool, { who, why: error.code });
      if (left && error.class !== 'input') await bury(unit, task, error, task.failedAttempts + 1);
      return left;
    }
  }
}

function bury(
  unit: UnitOfWork,
  { id: taskId, jobId, pool }: Pick<TaskRow, 'id' | 'jobId' | 'pool'>,
  error: StreamflixError,
  attempts: number,
): Promise<void> {
  const { code, message } = error;
  const now = new Date();
  const facts = { attempts, code, message, signature: signatureOf(error), firstFailedAt: now, lastFailedAt: now };
  return buryTask(unit, { taskId, jobId, pool, ...facts });
}

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
        .select({ pool: tasks.pool, lostWorkers: tasks.lostWorkers })
        .from(tasks)
        .where(and(eq(tasks.id, id), eq(tasks.epoch, epoch), eq(tasks.state, 'running'), sql`${tasks.leaseUntil} < now()`))
        .for('update');
      if (job === null || still === undefined) return;
      const gaveUp = still.lostWorkers + 1 >= maxLostWorkers;
      await leaveTask(unit, { taskId: id, epoch }, gaveUp ? 'failed' : 'ready', { error: lost, countsAs: 'lost worker', who });
      if (gaveUp && still.pool !== 'notify') await failJob(unit, job, new StreamflixError('WORKER_LOST'), stageOf(job), { who });
      if (gaveUp) await bury(unit, { id, jobId, pool: still.pool }, lost, still.lostWorkers + 1);
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
