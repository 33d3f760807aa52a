import type { JobState, Pool } from '@streamflix/contracts';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { type JobRow, oncePerConnection, type Queries, schema, type TaskRow } from '../database/index.ts';
import { currentTraceparent } from '../telemetry/index.ts';
import { findAhead, findTenantByTenant } from './find-claimable.ts';
import { lockJob, moveJob } from './history.ts';
import { takeNext } from './take-next.ts';
import { inTransaction, type WorkPorts } from './unit-of-work.ts';

const { tasks } = schema;

/** The state a job is in while a task of the pool runs. */
const phaseOf: Partial<Record<Pool, JobState>> = {
  ingest: 'pending',
  probe: 'pending',
  encode: 'transcoding',
  package: 'completing',
};

/** Who asks for work, and what it can do. */
export interface ClaimOptions {
  pool: Pool;
  /** As it registered. */
  worker: string;
  leaseMs: number;
  /** On probation it is not to prove itself on what failed there before, where there is anything else. */
  onlyUnfailed?: boolean;
  /** What this worker can do beyond what every worker can. */
  capabilities?: readonly string[];
  /** Tasks of a pool that one tenant may have running, where nothing else is granted to it; undefined: any number. */
  maxRunningTasks?: number | undefined;
}

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

const searches = { ahead: findAhead, behind: findTenantByTenant };
type Search = keyof typeof searches;

const prepare = (db: Queries, pool: Pool, search: Search) =>
  takeNext(db, {
    find: searches[search],
    pool,
    worker: sql.placeholder('worker'),
    onlyUnfailed: sql.placeholder('onlyUnfailed'),
    capabilities: sql.placeholder('capabilities'),
    maxRunningTasks: sql.placeholder('maxRunningTasks'),
    leaseSeconds: sql.placeholder('leaseSeconds'),
    traceparent: sql.placeholder('traceparent'),
  }).prepare(`claim_${search}_${pool}`);

/** A claim's statements, by search and pool. */
const claims = oncePerConnection((db: Queries) => {
  const prepared = new Map<string, ReturnType<typeof prepare>>();
  return (pool: Pool, search: Search): ReturnType<typeof prepare> => {
    const name = `${search} ${pool}`;
    const known = prepared.get(name) ?? prepare(db, pool, search);
    prepared.set(name, known);
    return known;
  };
});

/**
 * Takes one task for this worker: running, one epoch higher, leased. Null when there is none. Two workers never get the same
 * epoch: the row is locked while it changes, and a locked row is passed over.
 */
export async function claimTask({ database }: Pick<WorkPorts, 'database'>, options: ClaimOptions): Promise<ClaimedTask | null> {
  const { pool, worker, leaseMs, onlyUnfailed = false, capabilities = [], maxRunningTasks = null } = options;
  const leaseSeconds = leaseMs / 1000;
  const given = { worker, onlyUnfailed, capabilities, maxRunningTasks, leaseSeconds, traceparent: currentTraceparent() };
  for (;;) {
    const [taken] = await database.query(async (db) => {
      const ahead = await claims(db)(pool, 'ahead').execute(given);
      return ahead.length > 0 ? ahead : claims(db)(pool, 'behind').execute(given);
    });
    if (taken === undefined) return null;
    const { claimed: task, jobs: job } = taken;
    // Its tenant reached its limit while we looked: the next look passes it over.
    if (task === null) continue;
    if (job === null) throw new Error(`task ${task.id} has no job`);
    return { task, job };
  }
}
