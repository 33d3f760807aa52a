import { jobLifecycle, type Pool, rankOf, StreamflixError, type TaskResult, type TaskSpec } from '@streamflix/contracts';
import { and, eq, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { type Database, type JobRow, schema, type TaskRow } from '../database/index.ts';
import { currentTraceparent } from '../telemetry/index.ts';
import { recordTaskSteps, storable } from './history.ts';
import { tagTasks } from './turns.ts';
import type { UnitOfWork } from './unit-of-work.ts';

const { tasks } = schema;

export interface NewTask {
  /** Unique in its job. */
  name: string;
  pool: Pool;
  spec: TaskSpec;
  state: 'waiting' | 'ready';
  renditions?: string[];
  orderKey?: string;
  predictedCpuSeconds: number;
  /** Capabilities that a worker must have, in any order. */
  requires?: string[];
}

/**
 * Adds the tasks that the job does not have yet, and returns those. Planning twice plans once. The caller holds the job's lock: the
 * tenant's shares are locked after it.
 */
export async function addTasks(unit: Pick<UnitOfWork, 'db'>, job: JobRow, newTasks: NewTask[]): Promise<TaskRow[]> {
  const known = await unit.db.select({ name: tasks.name }).from(tasks).where(eq(tasks.jobId, job.id));
  const names = new Set(known.map(({ name }) => name));
  const missing = newTasks.filter(({ name }) => !names.has(name));
  if (missing.length === 0) return [];
  const rank = rankOf(job.priority);
  const tags = await tagTasks(
    unit,
    missing.map(({ pool, predictedCpuSeconds }) => ({ tenantId: job.tenantId, pool, rank, predictedCpuSeconds })),
  );
  const rows = await unit.db
    .insert(tasks)
    .values(
      missing.map((task, index) => ({
        ...task,
        rank,
        tag: tags[index] ?? 0,
        // One list for one need, whatever order it was written in: queues are told apart by it.
        requires: [...new Set(task.requires)].sort(),
        id: uuidv7(),
        jobId: job.id,
        tenantId: job.tenantId,
        kind: task.spec.kind,
        priority: job.priority,
        traceparent: currentTraceparent(),
      })),
    )
    .onConflictDoNothing({ target: [tasks.jobId, tasks.name] })
    .returning();
  await recordTaskSteps(
    unit,
    rows.map(({ id, jobId, state }) => ({ jobId, taskId: id, from: null, to: state })),
    { who: 'planner' },
  );
  return rows;
}

/** Makes waiting tasks claimable. */
export async function readyTask(unit: UnitOfWork, taskId: string, who: string): Promise<boolean> {
  const rows = await unit.db
    .update(tasks)
    .set({ state: 'ready', rankedAt: sql`now()`, updatedAt: sql`now()`, traceparent: currentTraceparent() })
    .where(and(eq(tasks.id, taskId), eq(tasks.state, 'waiting')))
    .returning({ jobId: tasks.jobId });
  await recordTaskSteps(
    unit,
    rows.map(({ jobId }) => ({ jobId, taskId, from: 'waiting' as const, to: 'ready' as const })),
    { who },
  );
  return rows.length === 1;
}

/** Proof of a claim: who may write about a task. */
export interface Claim {
  taskId: string;
  epoch: number;
}

/** The rows of which this claim is the current one. Every write of a worker goes through this condition. */
const heldBy = ({ taskId, epoch }: Claim) => and(eq(tasks.id, taskId), eq(tasks.epoch, epoch), eq(tasks.state, 'running'));

/** Marks the task done. Throws LEASE_LOST when the claim is not the current one: the result is refused. */
export async function finishTask(unit: UnitOfWork, claim: Claim, result: TaskResult, who: string): Promise<void> {
  const rows = await unit.db
    .update(tasks)
    .set({
      state: 'done',
      result,
      progress: 1,
      leaseUntil: null,
      updatedAt: sql`now()`,
      finishedAt: sql`now()`,
      errorCode: null,
      errorMessage: null,
    })
    .where(heldBy(claim))
    .returning({ jobId: tasks.jobId });
  const [row] = rows;
  if (row === undefined) throw new StreamflixError('LEASE_LOST', { details: { ...claim } });
  await recordTaskSteps(unit, [{ jobId: row.jobId, taskId: claim.taskId, from: 'running', to: 'done' }], { who });
}

/**
 * True of every row; the transaction is then answered before it is on disk. A renewal that a crash of the server takes back lets the
 * lease end early, as a slow renewal does, and workers renew more often than anything else.
 */
const committedSoon = sql`set_config('synchronous_commit', 'off', true) is not null`;

/** The renewal's answer is the worker's order: go on, or stop and why. */
export type Verdict = 'continue' | 'cancelled' | 'lost' | 'incapable';

/** `capabilities` are what the worker can do now, where that is asked: it may be less than when it claimed. */
export async function renewLease(
  database: Database,
  claim: Claim,
  leaseMs: number,
  capabilities?: readonly string[],
): Promise<Verdict> {
  return database.query(async (db) => {
    const renewed = await db
      .update(tasks)
      .set({ leaseUntil: sql`now() + make_interval(secs => ${leaseMs / 1000})` })
      .where(and(heldBy(claim), committedSoon))
      .returning({ requires: tasks.requires });
    const [mine] = renewed;
    if (mine !== undefined)
      return capabilities === undefined || mine.requires.every((need) => capabilities.includes(need)) ? 'continue' : 'incapable';
    const [row] = await db.select({ state: tasks.state, epoch: tasks.epoch }).from(tasks).where(eq(tasks.id, claim.taskId));
    return row?.state === 'cancelled' && row.epoch === claim.epoch ? 'cancelled' : 'lost';
  });
}

/** Puts a task this claim holds into another state; false when the claim is not the current one. */
export async function leaveTask(
  unit: UnitOfWork,
  claim: Claim,
  to: 'ready' | 'retrying' | 'failed',
  {
    error,
    delayMs = 0,
    countsAs = 'nothing',
    who,
  }: { error: StreamflixError; delayMs?: number; countsAs?: 'attempt' | 'lost worker' | 'nothing'; who: string },
): Promise<boolean> {
  const rows = await unit.db
    .update(tasks)
    .set({
      state: to,
      leaseUntil: null,
      worker: null,
      progress: 0,
      updatedAt: sql`now()`,
      notBefore: to === 'retrying' ? sql`now() + make_interval(secs => ${delayMs / 1000})` : null,
      ...(countsAs === 'attempt' ? { failedAttempts: sql`${tasks.failedAttempts} + 1` } : {}),
      ...(countsAs === 'lost worker' ? { lostWorkers: sql`${tasks.lostWorkers} + 1` } : {}),
      errorCode: error.code,
      errorMessage: storable(error.message, 2000),
      ...(to === 'failed' ? { finishedAt: sql`now()` } : {}),
    })
    .where(heldBy(claim))
    .returning({ jobId: tasks.jobId });
  const [row] = rows;
  if (row === undefined) return false;
  const why = storable(`${error.code}: ${error.message}`, 500);
  await recordTaskSteps(unit, [{ jobId: row.jobId, taskId: claim.taskId, from: 'running', to }], { who, why });
  return true;
}

/** Whether the job still wants this: an ended job's tasks are over. */
export const jobIsLive = (job: JobRow): boolean => !jobLifecycle.isTerminal(job.state);
