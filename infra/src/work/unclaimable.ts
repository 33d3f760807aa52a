import { isOptional, StreamflixError, signatureOf } from '@streamflix/contracts';
import { and, eq, type SQL, sql } from 'drizzle-orm';
import { type Database, type JobRow, schema, type TaskRow } from '../database/index.ts';
import { buryTask } from './bury-task.ts';
import { deviceOf, encodeInSoftware } from './encode-in-software.ts';
import { forEach } from './for-each.ts';
import { concludeGivenUp } from './give-up.ts';
import { lockJob, recordNote, recordTaskSteps } from './history.ts';
import { failJob } from './jobs.ts';
import { inTransaction, type UnitOfWork, type WorkPorts } from './unit-of-work.ts';

const { tasks } = schema;

/** A worker that was not seen for so long is not there. */
const seenWithinSeconds = 60;

/** Could be claimed at once by a worker with its capabilities, and there is none. */
const waitsInVain = sql`${tasks.state} in ('ready', 'retrying') and cardinality(${tasks.requires}) > 0
  and not exists (
    select 1 from workers w where w.pool = ${tasks.pool} and w.capabilities @> ${tasks.requires}
    and w.last_seen_at > now() - make_interval(secs => ${seenWithinSeconds}))`;

export interface UnclaimableTask {
  taskId: string;
  name: string;
  /** Capabilities that a worker needs for it; none that is there has all of them. */
  requires: string[];
  /** Null: it was not noticed yet. */
  since: Date | null;
}

/** The tasks of a job that nobody can claim, because no worker that is there can do them. */
export const listUnclaimable = (database: Pick<Database, 'query'>, jobId: string): Promise<UnclaimableTask[]> =>
  database.query((db) =>
    db
      .select({ taskId: tasks.id, name: tasks.name, requires: tasks.requires, since: tasks.unclaimableSince })
      .from(tasks)
      .where(and(eq(tasks.jobId, jobId), waitsInVain))
      .orderBy(tasks.name),
  );

export interface Patience {
  who: string;
  /** For what the job can do without, or software can do. */
  optionalMs: number;
  /** For what it cannot. */
  requiredMs: number;
}

/**
 * Says in a job which of its tasks wait for a worker that is not there, and gives them up when their time is over: what a device was to
 * encode is encoded in software, the job goes on without an optional rendition, and fails for a required one. Returns how many tasks were
 * given up.
 */
export async function sweepUnclaimable(ports: WorkPorts, { who, optionalMs, requiredMs }: Patience): Promise<number> {
  await forgetClaimable(ports);
  await noteUnclaimable(ports, who);
  const patienceMs = (spec: TaskRow['spec']): number =>
    isOptional(spec) || deviceOf(spec) !== undefined ? optionalMs : requiredMs;
  const waiting = await findTasks(ports, waitsInVain);
  const overdue = waiting.filter(({ spec, waitedMs }) => waitedMs !== null && waitedMs >= patienceMs(spec));
  return forEach(overdue, (task) => giveUp(ports, who, task));
}

const findTasks = ({ database }: WorkPorts, condition: SQL) =>
  database.query((db) =>
    db
      .select({
        ...{ id: tasks.id, jobId: tasks.jobId, spec: tasks.spec },
        waitedMs: sql<number | null>`extract(epoch from now() - ${tasks.unclaimableSince})::float8 * 1000`,
      })
      .from(tasks)
      .where(condition),
  );

/** A worker came, or nobody wants it any more. Rows that somebody holds wait for the next round. */
const forgetClaimable = ({ database }: WorkPorts) =>
  database.query((db) =>
    db.execute(sql`
      update tasks set unclaimable_since = null where id in (
        select ${tasks.id} from ${tasks} where ${tasks.unclaimableSince} is not null and not (${waitsInVain}) for update skip locked)`),
  );

async function noteUnclaimable(ports: WorkPorts, who: string): Promise<void> {
  const unnoticed = sql`${tasks.unclaimableSince} is null and ${waitsInVain}`;
  const jobIds = new Set((await findTasks(ports, unnoticed)).map(({ jobId }) => jobId));
  await forEach([...jobIds], (jobId) =>
    inTransaction(ports, async (unit) => {
      const job = await lockJob(unit, jobId);
      if (job === null) return;
      const noticed = await unit.db
        .update(tasks)
        .set({ unclaimableSince: sql`now()` })
        .where(and(eq(tasks.jobId, jobId), unnoticed))
        .returning({ requires: tasks.requires });
      if (noticed.length === 0) return;
      const missing = [...new Set(noticed.flatMap(({ requires }) => requires))].sort();
      await recordNote(unit, job, { who, why: `waits for a worker with ${missing.join(', ')}` });
    }),
  );
}

const giveUp = (ports: WorkPorts, who: string, { id, jobId }: { id: string; jobId: string }): Promise<void> =>
  inTransaction(ports, async (unit) => {
    const job = await lockJob(unit, jobId);
    const [task] = await unit.db
      .select()
      .from(tasks)
      .where(and(eq(tasks.id, id), waitsInVain))
      .for('update');
    if (job === null || task === undefined) return;
    const error = new StreamflixError('ENCODER_UNAVAILABLE', { message: `No worker has ${task.requires.join(', ')}.` });
    if (deviceOf(task.spec) !== undefined) await encodeInSoftware(unit, job, task, { who, why: error.message });
    else if (isOptional(task.spec)) await skip(unit, job, { task, error, who });
    else await failFor(unit, job, { task, error, who });
  });

interface GivenUp {
  task: TaskRow;
  error: StreamflixError;
  who: string;
}

async function skip(unit: UnitOfWork, job: JobRow, { task, error, who }: GivenUp): Promise<void> {
  const reason = { who, why: `${error.code}: ${error.message}` };
  const ended = { updatedAt: sql`now()`, finishedAt: sql`now()`, unclaimableSince: null };
  await unit.db
    .update(tasks)
    .set({ state: 'skipped', errorCode: error.code, errorMessage: error.message, ...ended })
    .where(eq(tasks.id, task.id));
  await recordTaskSteps(unit, [{ jobId: job.id, taskId: task.id, from: task.state, to: 'skipped' }], reason);
  await concludeGivenUp(unit, job, { task, error, stage: task.pool, reason });
}

/** Ends the job; who brings such a worker may replay it. */
async function failFor(unit: UnitOfWork, job: JobRow, { task, error, who }: GivenUp): Promise<void> {
  const { code, message } = error;
  await failJob(unit, job, error, task.pool, { who, why: `${code}: ${message}` });
  const now = new Date();
  const facts = { taskId: task.id, jobId: job.id, pool: task.pool, spec: task.spec, code, message };
  await buryTask(unit, { ...facts, signature: signatureOf(error), attempts: 1, firstFailedAt: now, lastFailedAt: now });
}
