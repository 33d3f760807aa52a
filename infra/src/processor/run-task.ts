import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode, objectKeys, StreamflixError, type TaskResult, toStreamflixError } from '@streamflix/contracts';
import { eq } from 'drizzle-orm';
import { type JobRow, schema, type TaskRow } from '../database/index.ts';
import type { MediaConfig } from '../media/index.ts';
import { counter, histogram, type Logger, withSpan } from '../telemetry/index.ts';
import {
  type ClaimedTask,
  finishTask,
  inTransaction,
  lockJob,
  noteSuccess,
  progressTeller,
  recordCommands,
  settleFailure,
  showPhase,
  type UnitOfWork,
} from '../work/index.ts';
import type { Capabilities } from './capabilities.ts';
import { CommandLog } from './command-log.ts';
import { keepLease, type LeaseKeeper } from './lease-keeper.ts';
import type { Platform } from './platform.ts';
import { progressReporter } from './progress-reporter.ts';
import { type Resources, reservationOf } from './resources.ts';
import type { HeldSource, SourceCache } from './source-cache.ts';
import { type StartWatch, watchStart } from './start-watch.ts';
import { runStep } from './step.ts';

/** What a work function gets. Scratch space, lease, progress and shutdown are the harness's. */
export interface TaskContext {
  platform: Platform;
  job: JobRow;
  task: TaskRow;
  /** Aborts on cancellation, loss of the lease and shutdown; hand it to everything that waits or runs. */
  signal: AbortSignal;
  /** The media programs, with what this task's slot may take. */
  media: MediaConfig;
  /** An empty folder of this task, removed afterwards. */
  scratchDir: string;
  /** Where the task's files go in the store: a folder of this task and this epoch. */
  objectPrefix: string;
  logger: Logger;
  /** The job's source as a local file, or the task's own piece of it where it has one; fetched once per worker. */
  fetchSource(): Promise<string>;
  /** Runs a step of the work, and again on the spot where a moment later it may go well. Each try must be able to begin anew. */
  step<T>(name: string, run: () => Promise<T>): Promise<T>;
  /** How much is done, 0 to 1; told at once, at most once a second. */
  report(fraction: number, speed?: number | null): void;
}

export interface WorkOutcome {
  result: TaskResult;
  /** What else is written in the transaction that marks the task done. The job is locked. */
  conclude?(unit: UnitOfWork, job: JobRow): Promise<void>;
}

/** Every epoch has a folder of its own, so a worker that lost its lease never writes where its successor does. */
function objectPrefixOf({ id: jobId, tenantId, videoId }: JobRow, { id, pool, epoch }: TaskRow): string {
  switch (pool) {
    case 'ingest':
      return objectKeys.fetchPrefix(tenantId, videoId, id, epoch);
    case 'package':
      return objectKeys.packagePrefix(tenantId, jobId, epoch);
    default:
      return objectKeys.taskPrefix(tenantId, jobId, id, epoch);
  }
}

export type Work = (context: TaskContext) => Promise<WorkOutcome>;

export interface TaskRunner {
  platform: Platform;
  media: MediaConfig;
  work: Work;
  scratch: string;
  sources: SourceCache;
  resources: Resources;
  capabilities: Capabilities;
  /** Aborts when the process has no more time. */
  shutdown: AbortSignal;
}

const { tasks } = schema;

const tasksEnded = counter('streamflix_tasks_ended_total', 'Tasks that this process ended, by pool and outcome');
const taskSeconds = histogram('streamflix_task_duration_seconds', 'How long tasks ran', 's');

/** Keeps two processes from the same task where a lease lapsed by a hair. Saves work only: after a moment it goes on without. */
async function lockTask(
  platform: Platform,
  task: TaskRow,
  signal: AbortSignal,
): Promise<{ release(): Promise<void> } | undefined> {
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const lock = await platform.locks.acquire(`task:${task.id}`, { ttlMs: platform.config.work.leaseMs, signal });
    if (lock === 'unavailable') return undefined;
    if (lock !== 'held') return lock;
    await delay(250, undefined, { signal });
  }
  return undefined;
}

/** Whether this very claim's result is the one in the database. */
async function isConcluded({ database }: Platform, { id, epoch }: TaskRow): Promise<boolean> {
  const [row] = await database.query((db) =>
    db.select({ state: tasks.state, epoch: tasks.epoch }).from(tasks).where(eq(tasks.id, id)),
  );
  return row?.state === 'done' && row.epoch === epoch;
}

/** Writes again while the database is away: how a task ended is known, and only needs to be said. */
async function untilWritten<T>(shutdown: AbortSignal, write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!hasCode(error, 'DATABASE_UNAVAILABLE')) throw error;
      await delay(500, undefined, { signal: shutdown });
    }
  }
}

/** Writes the result. Whatever became of the lease meanwhile, the database says whether the result counts. */
async function conclude({ platform, shutdown }: TaskRunner, { task }: ClaimedTask, outcome: WorkOutcome): Promise<void> {
  await untilWritten(shutdown, async () => {
    try {
      await inTransaction(platform, async (unit) => {
        const job = await lockJob(unit, task.jobId);
        if (job === null) throw new StreamflixError('LEASE_LOST', { message: 'the job is gone' });
        await finishTask(unit, { taskId: task.id, epoch: task.epoch }, outcome.result, platform.instance);
        await outcome.conclude?.(unit, job);
        await noteSuccess(unit, platform.instance);
      });
    } catch (error) {
      // The commit may have gone through while its answer was lost.
      if (!(hasCode(error, 'LEASE_LOST') && (await isConcluded(platform, task)))) throw error;
    }
  });
}

/** Writes down which programs ran. Losing that is harmless. */
async function tellCommands({ platform }: TaskRunner, { task }: ClaimedTask, { commands, logger }: Run): Promise<void> {
  const ran = commands.take();
  if (ran.length === 0) return;
  await recordCommands(platform.database, { task, worker: platform.instance }, ran).catch((error: unknown) =>
    logger.warn({ err: error }, 'which programs ran was not written down'),
  );
}

interface Run {
  commands: CommandLog;
  signal: AbortSignal;
  start: StartWatch;
  logger: Logger;
}

/** A piece that is missing is no fault of the source: it was ours. */
async function holdSource(sources: SourceCache, { task: { spec }, job }: ClaimedTask, signal: AbortSignal): Promise<HeldSource> {
  const { sourceBucket: bucket, sourceKey, sourceEtag: etag } = job;
  if (spec.piece === undefined) return sources.hold({ bucket, key: sourceKey, etag }, signal);
  const { key } = spec.piece;
  try {
    return await sources.hold({ key }, signal);
  } catch (error) {
    if (!hasCode(error, 'SOURCE_NOT_FOUND') && !hasCode(error, 'SOURCE_CHANGED')) throw error;
    throw new StreamflixError('ENCODER_FAILED', { message: `a piece of the source is not in the store: ${key}`, cause: error });
  }
}

async function work(runner: TaskRunner, claimed: ClaimedTask, run: Run): Promise<void> {
  const { platform, scratch, sources, resources } = runner;
  const { task, job } = claimed;
  const { signal, start, logger, commands } = run;
  const scratchDir = await mkdtemp(join(scratch, 'task-'));
  const media = { ...runner.media, onRan: commands.add };
  const step = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
    const made = await runStep(name, run, { signal, logger, onFailure: platform.circuits.failed });
    start.begun();
    return made;
  };
  const progress = progressReporter(progressTeller(platform, task, logger), logger);
  const releases: (() => void)[] = [];
  let lock: Awaited<ReturnType<typeof lockTask>>;
  try {
    releases.push((await resources.reserve(reservationOf(task, job))).release);
    await showPhase(platform, claimed, platform.instance).catch((error: unknown) =>
      logger.warn({ err: error }, 'the job does not show that its work goes on'),
    );
    lock = await lockTask(platform, task, signal);
    const outcome = await runner.work({
      platform,
      job,
      task,
      signal,
      media,
      scratchDir,
      objectPrefix: objectPrefixOf(job, task),
      logger,
      report: (...said) => {
        start.begun();
        progress.report(...said);
      },
      step,
      fetchSource: async () => {
        const held = await step('fetch the source', () => holdSource(sources, claimed, signal));
        releases.push(held.release);
        return held.path;
      },
    });
    start.begun();
    progress.stop();
    await tellCommands(runner, claimed, run);
    await conclude(runner, claimed, outcome);
    platform.circuits.succeeded('store');
  } finally {
    progress.stop();
    for (const release of releases) release();
    await lock?.release();
    await rm(scratchDir, { recursive: true, force: true });
  }
}

const isDiskFull = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOSPC';

/** What an aborted or failed run means: the reason of the abort counts, not the noise it made on the way down. */
function causeOf(thrown: unknown, signal: AbortSignal): StreamflixError {
  if (signal.aborted && signal.reason instanceof StreamflixError) return signal.reason;
  return isDiskFull(thrown) ? new StreamflixError('DISK_FULL', { cause: thrown }) : toStreamflixError(thrown);
}

async function settle(
  { platform, shutdown }: TaskRunner,
  { task, job }: ClaimedTask,
  error: StreamflixError,
  logger: Logger,
): Promise<string> {
  const discard = async (): Promise<void> => {
    try {
      if (!(await isConcluded(platform, task))) await platform.storage.deletePrefix(objectPrefixOf(job, task));
    } catch (failure) {
      logger.warn({ err: failure }, 'could not remove what a failed run left in the store');
    }
  };
  if (error.code === 'LEASE_LOST' || error.code === 'JOB_CANCELLED') {
    logger.warn({ code: error.code }, 'result refused: this worker no longer holds the task');
    await discard();
    return error.code;
  }
  // Unsaid, the lease would run out and a worker count as lost.
  const decision = await untilWritten(shutdown, () => settleFailure(platform, task, error, platform.instance));
  const outcome = decision === 'lost' ? 'LEASE_LOST' : decision.outcome;
  logger.warn({ err: error, code: error.code, decision: outcome }, 'task failed');
  await discard();
  return outcome;
}

export interface RunningTask {
  jobId: string;
  lease: LeaseKeeper;
  ended: Promise<void>;
}

/** Runs a claimed task to whatever end it takes. `ended` never rejects. */
export function runTask(runner: TaskRunner, claimed: ClaimedTask): RunningTask {
  const { platform } = runner;
  const { task, job } = claimed;
  const logger = platform.telemetry.logger.child({
    jobId: job.id,
    taskId: task.id,
    task: task.name,
    epoch: task.epoch,
    tenantId: job.tenantId,
  });
  const lease = keepLease(
    platform.database,
    { taskId: task.id, epoch: task.epoch },
    { leaseMs: platform.config.work.leaseMs, capabilities: runner.capabilities.read, logger },
  );
  const start = watchStart(platform.config.work.startMs, task.pool);
  const signal = AbortSignal.any([lease.signal, runner.shutdown, start.signal]);
  const attributes = {
    'streamflix.job_id': job.id,
    'streamflix.task_id': task.id,
    'streamflix.tenant_id': job.tenantId,
    'streamflix.epoch': task.epoch,
  };
  const startedAt = performance.now();
  const commands = new CommandLog({ work: runner.scratch, sources: runner.sources.dir });
  const run: Run = { signal, start, logger, commands };

  const ended = withSpan(`${task.pool} ${task.kind}`, { parent: task.traceparent, kind: 'consumer', attributes }, async () => {
    logger.info('task started');
    let outcome = 'done';
    try {
      // What does not begin may not listen to its signal either.
      await Promise.race([work(runner, claimed, run), start.overdue]);
      logger.info('task done');
    } catch (error) {
      start.begun();
      const cause = causeOf(error, signal);
      platform.circuits.failed(cause);
      await tellCommands(runner, claimed, run);
      outcome = await settle(runner, claimed, cause, logger);
    }
    tasksEnded.add(1, { pool: task.pool, outcome });
    taskSeconds.record((performance.now() - startedAt) / 1000, { pool: task.pool });
  })
    .catch((error: unknown) => logger.error({ err: error }, 'the end of the task could not be written; its lease will run out'))
    .finally(() => lease.stop());
  return { jobId: job.id, lease, ended };
}
