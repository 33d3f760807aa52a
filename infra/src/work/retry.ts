import { jobLifecycle, type TaskState } from '@streamflix/contracts';
import { and, eq, inArray, notInArray, sql } from 'drizzle-orm';
import { type JobRow, schema, type TaskRow } from '../database/index.ts';
import { moveJob, type Reason, recordTaskSteps } from './history.ts';
import { ensureProbeTask, identityOf, lockJobOf, type Version } from './jobs.ts';
import { forgetFailures } from './task-failures.ts';
import { inTransaction, type UnitOfWork, type WorkPorts } from './unit-of-work.ts';

const { tasks, renditions } = schema;

/** Names of what is made again though it is done; what is not done is made in any case. */
export interface Wanted {
  renditions?: readonly string[];
  /** A chunk of video renditions, or a whole rendition of another kind. */
  tasks?: readonly string[];
}

export interface Retry extends Wanted {
  tenantId: string;
  jobId: string;
  requestedBy: string;
  reason?: string;
  ifVersion?: Version;
}

export type RetryAnswer = 'retrying' | 'not-ended' | 'completed' | 'not-found' | 'no-such-rendition' | 'no-such-task' | 'changed';

const again: readonly TaskState[] = ['failed', 'cancelled', 'skipped'];

/** The tasks that have to run again. Once the work folder is gone, so is everything that was done for the package. */
const toRepeat = (all: readonly TaskRow[], job: JobRow, wanted: Required<Wanted>): TaskRow[] => {
  const isWanted = ({ name, renditions: made }: TaskRow): boolean =>
    wanted.tasks.includes(name) || made.some((each) => wanted.renditions.includes(each));
  return all.filter(
    (task) => again.includes(task.state) || (task.pool === 'encode' && (job.cleanedAt !== null || isWanted(task))),
  );
};

/** The job's tasks for its video, locked; not those that tell of it. */
const lockTasks = (unit: UnitOfWork, { id }: JobRow): Promise<TaskRow[]> =>
  unit.db
    .select()
    .from(tasks)
    .where(and(eq(tasks.jobId, id), notInArray(tasks.pool, ['notify'])))
    .for('update');

/** Whether the pieces of the source from which the tasks work are gone with the work folder. */
const lacksPieces = (all: readonly TaskRow[], job: JobRow): boolean =>
  job.cleanedAt !== null && all.some(({ spec }) => spec.piece !== undefined);

/** What was planned is forgotten: the probe cuts the source again, and plans again. */
async function planAgain(unit: UnitOfWork, job: JobRow, all: readonly TaskRow[], reason: Reason): Promise<void> {
  await unit.db.delete(tasks).where(and(eq(tasks.jobId, job.id), inArray(tasks.pool, ['encode', 'package'])));
  await unit.db.delete(renditions).where(eq(renditions.jobId, job.id));
  const probes = all.filter(({ pool }) => pool === 'probe');
  await reset(unit, probes, 'ready', reason);
}

/** Back to the beginning, and every claim so far stays in the past: the epoch goes on counting. */
async function reset(unit: UnitOfWork, repeated: readonly TaskRow[], to: 'ready' | 'waiting', reason: Reason): Promise<void> {
  if (repeated.length === 0) return;
  await unit.db
    .update(tasks)
    .set({
      state: to,
      result: null,
      counted: false,
      progress: 0,
      failedAttempts: 0,
      rankedAt: sql`now()`,
      lostWorkers: 0,
      worker: null,
      notBefore: null,
      unclaimableSince: null,
      errorCode: null,
      errorMessage: null,
      startedAt: null,
      finishedAt: null,
      updatedAt: sql`now()`,
    })
    .where(
      inArray(
        tasks.id,
        repeated.map(({ id }) => id),
      ),
    );
  await forgetFailures(
    unit,
    repeated.map(({ id }) => id),
  );
  await recordTaskSteps(
    unit,
    repeated.map(({ id, jobId, state }) => ({ jobId, taskId: id, from: state, to })),
    reason,
  );
}

async function repeatTasks(unit: UnitOfWork, job: JobRow, repeated: readonly TaskRow[], reason: Reason): Promise<void> {
  const names = repeated.flatMap((task) => task.renditions);
  await unit.db
    .update(renditions)
    .set({ done: false, objects: null, sizeBytes: null, durationSeconds: null, doneAt: null, givenUp: null })
    .where(and(eq(renditions.jobId, job.id), inArray(renditions.name, names)));
  const isEarly = ({ pool }: TaskRow): boolean => pool === 'package' && names.length > 0;
  await reset(unit, repeated.filter(isEarly), 'waiting', reason);
  await reset(
    unit,
    repeated.filter((task) => !isEarly(task)),
    'ready',
    reason,
  );
}

/**
 * Takes up a job that failed or was cancelled where it ended: what is done stays done. It is another attempt, so it is told by an outcome
 * of its own.
 */
export function retryJob(ports: WorkPorts, retry: Retry): Promise<RetryAnswer> {
  const { requestedBy, reason: why, renditions: wantedRenditions = [], tasks: wantedTasks = [] } = retry;
  return inTransaction(ports, async (unit) => {
    const job = await lockJobOf(unit, retry);
    if (typeof job === 'string') return job;
    if (job.state === 'completed') return 'completed';
    if (!jobLifecycle.isTerminal(job.state)) return 'not-ended';
    const known = new Set(job.plan?.renditions.map(({ name }) => name));
    if (wantedRenditions.some((name) => !known.has(name))) return 'no-such-rendition';
    const all = await lockTasks(unit, job);
    const repeated = toRepeat(all, job, { renditions: wantedRenditions, tasks: wantedTasks });
    if (wantedTasks.some((name) => !repeated.some((task) => task.name === name))) return 'no-such-task';
    const reason = { who: requestedBy, why: why ?? 'retried' };
    if (lacksPieces(all, job)) await planAgain(unit, job, all, reason);
    else await repeatTasks(unit, job, repeated, reason);
    // Failed before there was anything to do with a source that is here.
    if (all.every(({ pool, state }) => pool === 'ingest' && state === 'done')) await ensureProbeTask(unit, job);
    await moveJob(unit, job, 'retrying', reason, {
      attempt: job.attempt + 1,
      outcome: null,
      errorCode: null,
      errorMessage: null,
      errorStage: null,
      finishedAt: null,
      cleanedAt: null,
      // Past already, it would end the job at once.
      deadlineAt: job.errorCode === 'JOB_EXPIRED' ? null : job.deadlineAt,
    });
    unit.emit('job.control', { ...identityOf(job), action: 'retry', taskId: null, requestedBy, reason: why ?? null });
    return 'retrying';
  });
}
