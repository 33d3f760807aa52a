import { isOptional, StreamflixError } from '@streamflix/contracts';
import { and, eq, sql } from 'drizzle-orm';
import { schema } from '../database/index.ts';
import { forEach } from './for-each.ts';
import { concludeGivenUp } from './give-up.ts';
import { lockJob, recordTaskSteps } from './history.ts';
import { inTransaction, type WorkPorts } from './unit-of-work.ts';

const { tasks } = schema;

/** A worker that was not seen for so long is not there. */
const seenWithinSeconds = 60;

/** Could be claimed at once by a worker with its capabilities, and there is none. */
const waitsInVain = sql`${tasks.state} = 'ready' and cardinality(${tasks.requires}) > 0
  and not exists (
    select 1 from workers w where w.pool = ${tasks.pool} and w.capabilities @> ${tasks.requires}
    and w.last_seen_at > now() - make_interval(secs => ${seenWithinSeconds}))`;

/**
 * Gives up optional renditions whose encoder no worker has had for `patienceMs`: their jobs go on without them. What a job does need waits for
 * such a worker until the job's deadline. Returns how many tasks were given up.
 */
export function unmakeableSweep(
  ports: WorkPorts,
  { who, patienceMs }: { who: string; patienceMs: number },
): () => Promise<number> {
  /** Since when each of them has waited in vain without a break: a worker that is restarted breaks it. */
  let since = new Map<string, number>();
  return async () => {
    const waiting = await ports.database.query((db) =>
      db.select({ id: tasks.id, jobId: tasks.jobId, spec: tasks.spec }).from(tasks).where(waitsInVain),
    );
    const now = performance.now();
    const optional = waiting.filter(({ spec }) => isOptional(spec));
    since = new Map(optional.map(({ id }) => [id, since.get(id) ?? now]));
    const overdue = optional.filter(({ id }) => now - (since.get(id) ?? now) >= patienceMs);
    return forEach(overdue, (task) => giveUp(ports, who, task));
  };
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
    const reason = { who, why: `${error.code}: ${error.message}` };
    await unit.db
      .update(tasks)
      .set({
        state: 'skipped',
        errorCode: error.code,
        errorMessage: error.message,
        updatedAt: sql`now()`,
        finishedAt: sql`now()`,
      })
      .where(eq(tasks.id, id));
    await recordTaskSteps(unit, [{ jobId, taskId: id, from: 'ready', to: 'skipped' }], reason);
    await concludeGivenUp(unit, job, { task, error, stage: task.pool, reason });
  });
