import {
  decideFailure,
  type FailureDecision,
  isWorthRemembering,
  jobLifecycle,
  type PastFailure,
  StreamflixError,
  signatureOf,
  type WorkerRecord,
} from '@streamflix/contracts';
import { eq } from 'drizzle-orm';
import { type JobRow, schema, type TaskRow } from '../database/index.ts';
import { counter } from '../telemetry/index.ts';
import { buryTask } from './bury-task.ts';
import { concludeGivenUp } from './give-up.ts';
import { lockJob, moveJob } from './history.ts';
import { excuseFailures, failuresOf, recordFailure } from './task-failures.ts';
import { leaveTask } from './tasks.ts';
import { inTransaction, type UnitOfWork, type WorkPorts } from './unit-of-work.ts';
import { lockWorkerRecord, quarantineWorker } from './workers.ts';

const failuresTold = counter('streamflix_task_failures_total', 'Failures of tasks, by pool, code and what was decided');

/** Writes down what becomes of a task that failed under this claim. LEASE_LOST means it was no longer ours to fail. */
export async function settleFailure(
  ports: WorkPorts,
  task: TaskRow,
  error: StreamflixError,
  worker: string,
): Promise<FailureDecision | 'lost'> {
  const decision = await inTransaction(ports, async (unit) => {
    const job = await lockJob(unit, task.jobId);
    return job === null ? 'lost' : await settle(unit, job, { task, error, worker });
  });
  failuresTold.add(1, { pool: task.pool, code: error.code, outcome: decision === 'lost' ? 'lost' : decision.outcome });
  return decision;
}

interface Failure {
  task: TaskRow;
  error: StreamflixError;
  worker: string;
}

const unknownWorker = (name: string): WorkerRecord => ({
  name,
  hasSucceeded: false,
  quarantines: 0,
  quarantinedForMs: 0,
  failures: [],
});

async function settle(unit: UnitOfWork, job: JobRow, { task, error, worker }: Failure): Promise<FailureDecision | 'lost'> {
  const signature = signatureOf(error);
  // Only what may pass is judged by what was before: the rest is decided by its class.
  const isJudged = error.class === 'transient';
  const record = isJudged ? await lockWorkerRecord(unit, worker) : unknownWorker(worker);
  const [current] = await unit.db
    .select({ failedAttempts: schema.tasks.failedAttempts })
    .from(schema.tasks)
    .where(eq(schema.tasks.id, task.id))
    .for('update');
  if (current === undefined) return 'lost';
  const history = await failuresOf(unit, task.id);
  const { id: taskId, jobId, pool } = task;
  const { failedAttempts } = current;
  const decision = decideFailure(error, {
    ...{ taskId, jobId, pool, failedAttempts, signature, history, worker: record },
    random: Math.random(),
  });
  if (!(await applyDecision(unit, job, { task, error, worker }, decision))) return 'lost';
  const excused = decision.outcome === 'quarantine';
  if (isWorthRemembering(error)) await recordFailure(unit, task, error, { worker, signature, excused });
  if (decision.outcome === 'give-up' && error.class !== 'input') await bury(unit, task, error, { signature, history });
  return decision;
}

async function applyDecision(
  unit: UnitOfWork,
  job: JobRow,
  { task, error, worker: who }: Failure,
  decision: FailureDecision,
): Promise<boolean> {
  const claim = { taskId: task.id, epoch: task.epoch };
  const why = error.code;
  switch (decision.outcome) {
    case 'release':
      return leaveTask(unit, claim, 'ready', { error, who });
    case 'wait':
      return leaveTask(unit, claim, 'retrying', { error, delayMs: decision.delayMs, who });
    case 'quarantine': {
      const reason = `tasks of several videos failed here, the last with ${error.code}: ${error.message}`;
      const left = await leaveTask(unit, claim, 'retrying', {
        error: new StreamflixError(error.code, { message: `${who} is quarantined: ${reason}` }),
        delayMs: decision.delayMs,
        who,
      });
      if (!left) return false;
      await excuseFailures(unit, who);
      await quarantineWorker(unit, who, decision.forMs, reason);
      await showRetrying(unit, job, { who, why: `${error.code}; ${who} is quarantined` });
      return true;
    }
    case 'retry': {
      const left = await leaveTask(unit, claim, 'retrying', { error, delayMs: decision.delayMs, countsAs: 'attempt', who });
      if (left) await showRetrying(unit, job, { who, why });
      return left;
    }
    case 'give-up': {
      const left = await leaveTask(unit, claim, 'failed', { error, countsAs: 'attempt', who });
      if (left) await concludeGivenUp(unit, job, { task, error, stage: task.pool, reason: { who, why } });
      return left;
    }
  }
}

async function showRetrying(unit: UnitOfWork, job: JobRow, reason: { who: string; why: string }): Promise<void> {
  if (job.state !== 'retrying' && jobLifecycle.mayBecome(job.state, 'retrying')) await moveJob(unit, job, 'retrying', reason);
}

function bury(
  unit: UnitOfWork,
  { id: taskId, jobId, pool, spec }: Pick<TaskRow, 'id' | 'jobId' | 'pool' | 'spec'>,
  { code, message }: StreamflixError,
  { signature, history }: { signature: string; history: readonly PastFailure[] },
): Promise<void> {
  const now = new Date();
  const [first] = history;
  return buryTask(unit, {
    ...{ taskId, jobId, pool, spec, code, message, signature },
    attempts: history.length + 1,
    firstFailedAt: first === undefined ? now : new Date(first.at),
    lastFailedAt: now,
  });
}
