import { otherWorkerPatienceMs, type Pool } from '@streamflix/contracts';
import { type Placeholder, type SQL, sql } from 'drizzle-orm';

/** A worker that was not seen for so long is not waited for. */
export const seenWithinSeconds = 15;

/** A value in a statement, or its place in one that is prepared. */
export type Given<T> = T | Placeholder;

export interface Claimant {
  pool: Pool;
  /** As it registered. */
  worker: Given<string>;
  /** On probation it is not to prove itself on what failed there before, where there is anything else. */
  onlyUnfailed: Given<boolean>;
}

/** A pool as part of the statement's text: the planner knows how much a pool has, and each pool has a plan of its own. */
export const literal = (pool: Pool): SQL => sql`${pool}`.inlineParams();

/**
 * Which tasks `t` a worker may claim, a condition of the claim:
 * - none while it is quarantined;
 * - none that failed on it, while a worker of the pool is there on which it did not fail; for a bounded time only, for that one
 *   may be busy.
 */
export const mayBeClaimedBy = ({ pool, worker, onlyUnfailed }: Claimant): SQL => sql`
  not exists (select 1 from workers me where me.instance = ${worker} and me.quarantined_until > now())
  and (t.state <> 'retrying'
    or not exists (select 1 from task_failures f where f.task_id = t.id and f.worker = ${worker})
    or (not ${onlyUnfailed}::boolean and (
      t.not_before < now() - make_interval(secs => ${sql.raw(`${otherWorkerPatienceMs / 1000}`)})
      or not exists (
        select 1 from workers other
        where other.pool = ${literal(pool)} and other.instance <> ${worker}
          and other.last_seen_at > now() - make_interval(secs => ${sql.raw(`${seenWithinSeconds}`)})
          and coalesce(other.quarantined_until <= now(), true)
          and not exists (select 1 from task_failures f where f.task_id = t.id and f.worker = other.instance)))))`;
