import { and, eq, getTableColumns, isNull, or, type SQL, sql } from 'drizzle-orm';
import { type Queries, schema, type Transaction } from '../database/index.ts';
import { type Given, literal } from './eligibility.ts';
import type { Seeker } from './find-claimable.ts';
import { moveClock } from './turns.ts';

const { tasks, jobs, tenants } = schema;

export interface Taking extends Seeker {
  /** How the task is found: one row, locked. */
  find: (seeker: Seeker) => SQL;
  leaseSeconds: Given<number>;
  traceparent: Given<string | null>;
}

/**
 * The whole claim as one statement: finds the best task, makes it running under the next epoch, writes its history and moves the queue's
 * clock. No row when nothing was found; one without a task when its tenant reached its limit at this very moment.
 */
export function takeNext(db: Queries | Transaction, taking: Taking) {
  const { pool, worker, leaseSeconds, traceparent } = taking;
  const found = db
    .$with('found', { id: tasks.id, state: tasks.state, tenantId: tasks.tenantId, maxRunningTasks: tenants.maxRunningTasks })
    .as(taking.find(taking));
  const mayRunOneMore = sql`may_run_one_more(${literal(pool)}, ${found.tenantId}, ${found.maxRunningTasks})`;
  const claimed = db.$with('claimed').as(
    db
      .update(tasks)
      .set({
        state: sql`'running'`,
        epoch: sql`${tasks.epoch} + 1`,
        leaseUntil: sql`now() + make_interval(secs => ${leaseSeconds})`,
        worker: sql`${worker}`,
        notBefore: sql`null`,
        unclaimableSince: sql`null`,
        startedAt: sql`coalesce(${tasks.startedAt}, now())`,
        updatedAt: sql`now()`,
      })
      .from(found)
      .where(and(eq(tasks.id, found.id), or(isNull(found.maxRunningTasks), mayRunOneMore)))
      .returning(getTableColumns(tasks)),
  );
  const noted = db.$with('noted', {}).as(sql`
    insert into ${schema.history} (job_id, task_id, from_state, to_state, who, why, traceparent)
    select claimed.job_id, claimed.id, found.state, 'running', ${worker}, 'epoch ' || claimed.epoch, ${traceparent}
    from ${claimed} join ${found} on found.id = claimed.id`);
  const moved = db.$with('moved', {}).as(moveClock(claimed));
  return db
    .with(found, claimed, noted, moved)
    .select()
    .from(found)
    .leftJoin(claimed, eq(claimed.id, found.id))
    .leftJoin(jobs, eq(jobs.id, claimed.jobId));
}
