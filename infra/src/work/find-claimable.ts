import type { Pool } from '@streamflix/contracts';
import { type SQL, sql } from 'drizzle-orm';
import { type Claimant, type Given, literal, mayBeClaimedBy } from './eligibility.ts';

/** Who asks for work, and what it can do. */
export interface Seeker extends Claimant {
  /** What this worker can do beyond what every worker can. */
  capabilities: Given<readonly string[]>;
  /** Tasks of a pool that one tenant may have running, where nothing else is granted to it; null: any number. */
  maxRunningTasks: Given<number | null>;
}

const waits = (pool: Pool): SQL => sql`t.pool = ${literal(pool)} and t.state in ('ready', 'retrying')`;
const inTurn = sql`t.rank desc, t.tag, t.created_at, t.id`;

/** What must hold for a task `t` to be claimed by this worker now. A further condition is a further line. */
const claimable = (seeker: Seeker): SQL =>
  sql.join(
    [
      waits(seeker.pool),
      mayBeClaimedBy(seeker),
      sql`(t.not_before is null or t.not_before <= now())`,
      // Tasks of one order key run one after the other, oldest first.
      sql`(t.order_key is null or not exists (
        select 1 from tasks earlier
        where earlier.order_key = t.order_key and earlier.created_at < t.created_at
          and earlier.state in ('waiting', 'ready', 'running', 'retrying')))`,
    ],
    sql` and `,
  );

const canDo = ({ capabilities }: Seeker): SQL => sql`t.requires <@ ${sql.param(capabilities)}::text[]`;

const maxRunningOf = (tenant: SQL, { maxRunningTasks }: Seeker): SQL =>
  sql`coalesce((select g.max_running_tasks from tenants g where g.id = ${tenant}), ${maxRunningTasks}::integer)`;

const isBelow = (pool: Pool, tenant: SQL, limit: SQL): SQL => sql`(${limit} is null or (select count(*) from (
  select 1 from tasks running where running.pool = ${literal(pool)} and running.tenant_id = ${tenant} and running.state = 'running'
    and running.lease_until is not null
  limit ${limit}) counted) < ${limit})`;

/** How many tasks are looked at where the queue begins, at most: more than claim at the same moment. */
const aheadCount = 16;

/**
 * The best claimable task among those where the queue begins, locked; locked ones and those of tenants at their limit are passed over. They are
 * looked at one after the other, and nearly always the first will do. Where none does, `findTenantByTenant` knows.
 */
export const findAhead = (seeker: Seeker): SQL => sql`
  select found.id, found.state, head.tenant_id, head.max_running_tasks
  from (
    select t.id, t.tenant_id, ${maxRunningOf(sql`t.tenant_id`, seeker)} as max_running_tasks
    from tasks t where ${waits(seeker.pool)} order by ${inTurn} limit ${sql.raw(`${aheadCount}`)}
  ) head cross join lateral (
    select t.id, t.state from tasks t
    where t.id = head.id and ${claimable(seeker)} and ${canDo(seeker)}
      and ${isBelow(seeker.pool, sql`head.tenant_id`, sql`head.max_running_tasks`)}
    for update of t skip locked) found
  limit 1`;

/**
 * The best claimable task of all, locked; locked ones are passed over, and so are tenants at their limit.
 *
 * One index probe finds the best task of a tenant with the same needs, and the next tenant with it: whatever one of them has queued, the
 * others do not pay for it. Only then, in order, each tenant's limit is looked at and a task of it locked, until there is one.
 */
export const findTenantByTenant = (seeker: Seeker): SQL => {
  const best = (from: SQL): SQL => sql`
    select t.requires, t.tenant_id, t.rank, t.tag, t.created_at, t.id from tasks t where ${claimable(seeker)} and ${from}
    order by t.requires, t.tenant_id, ${inTurn} limit 1`;
  return sql`
    with recursive line as (
      (${best(sql`true`)})
      union all
      select next.* from line cross join lateral (${best(sql`(t.requires, t.tenant_id) > (line.requires, line.tenant_id)`)}) next
    )
    select found.id, found.state, head.tenant_id, head.max_running_tasks
    from (
      select t.requires, t.tenant_id, ${maxRunningOf(sql`t.tenant_id`, seeker)} as max_running_tasks
      from line t where ${canDo(seeker)} order by ${inTurn}
    ) head cross join lateral (
      select t.id, t.state from tasks t
      where ${claimable(seeker)} and t.requires = head.requires and t.tenant_id = head.tenant_id
        and ${isBelow(seeker.pool, sql`head.tenant_id`, sql`head.max_running_tasks`)}
      order by ${inTurn} limit 1 for update skip locked) found
    limit 1`;
};
