import type { Pool, Rank, TaskState } from '@streamflix/contracts';
import { type SQL, sql } from 'drizzle-orm';
import { type Claimant, mayBeClaimedBy } from './eligibility.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** Who asks for work, and what it can do. */
export interface ClaimOptions extends Claimant {
  leaseMs: number;
  /** What this worker can do beyond what every worker can. */
  capabilities?: readonly string[];
  /** Tasks of a pool that one tenant may have running, where nothing else is granted to it; undefined: any number. */
  maxRunningTasks?: number | undefined;
}

export interface Found extends Record<string, unknown> {
  id: string;
  state: TaskState;
  rank: Rank;
  tag: number;
  tenant_id: string;
  /** The limit of its tenant; null: none. */
  max_running: number | null;
}

/** What must hold for a task `t` of the queue to be claimed by this worker now. A further condition is a further line. */
const conditions = (options: ClaimOptions): SQL[] => [
  mayBeClaimedBy(options),
  sql`(t.not_before is null or t.not_before <= now())`,
  // Tasks of one order key run one after the other, oldest first.
  sql`(t.order_key is null or not exists (
    select 1 from tasks earlier
    where earlier.order_key = t.order_key and earlier.created_at < t.created_at
      and earlier.state in ('waiting', 'ready', 'running', 'retrying')))`,
];

const waits = (pool: Pool): SQL => sql`t.pool = ${pool} and t.state in ('ready', 'retrying')`;
const inTurn = sql`t.rank desc, t.tag, t.created_at, t.id`;

const runningOf = (pool: Pool, tenant: SQL, atMost: SQL): SQL => sql`(select count(*) from (
  select 1 from tasks running where running.pool = ${pool} and running.tenant_id = ${tenant} and running.state = 'running'
  limit ${atMost}) counted)`;

const maxRunningOf = (tenant: SQL, { maxRunningTasks }: ClaimOptions): SQL =>
  sql`coalesce((select g.max_running_tasks from tenants g where g.id = ${tenant}), ${maxRunningTasks ?? null}::integer)`;

const isBelow = (pool: Pool, tenant: SQL, limit: SQL): SQL =>
  sql`(${limit} is null or ${runningOf(pool, tenant, limit)} < ${limit})`;

/** How many tasks are looked at where the queue begins: more than claim at the same moment. */
const aheadCount = 16;

/**
 * The best claimable task among those where the queue begins, locked; locked ones are passed over. Nearly always there is one. Each of
 * their tenants is looked at once.
 */
const selectAhead = (options: ClaimOptions, passedOver: readonly string[]): SQL => {
  const { pool, capabilities = [] } = options;
  return sql`
    with ahead as materialized (
      select t.id, t.tenant_id from tasks t where ${waits(pool)} order by ${inTurn} limit ${aheadCount}
    ), granted as materialized (
      select own.tenant_id, ${maxRunningOf(sql`own.tenant_id`, options)} as max_running
      from (select distinct tenant_id from ahead) own where own.tenant_id <> all (${sql.param(passedOver)}::text[])
    ), open as materialized (
      select * from granted where ${isBelow(pool, sql`granted.tenant_id`, sql`granted.max_running`)}
    )
    select t.id, t.state, t.rank, t.tag, t.tenant_id, open.max_running
    from ahead join open on open.tenant_id = ahead.tenant_id join tasks t on t.id = ahead.id
    where ${sql.join([waits(pool), ...conditions(options)], sql` and `)} and t.requires <@ ${sql.param(capabilities)}::text[]
    order by ${inTurn} limit 1 for update of t skip locked`;
};

/**
 * The best claimable task of all, locked; locked ones are passed over, and so are tenants at their limit.
 *
 * Tenants with tasks of the same needs are found one index probe each, then the best task of each: whatever one of them has queued, the
 * others do not pay for it. Only then, in order, each tenant's limit is looked at and a task of it locked, until there is one.
 */
export const selectTenantByTenant = (options: ClaimOptions, passedOver: readonly string[]): SQL => {
  const { pool, capabilities = [] } = options;
  const claimable = sql.join([waits(pool), ...conditions(options)], sql` and `);
  return sql`
    with recursive line as (
      (select t.requires, t.tenant_id from tasks t where ${waits(pool)} order by t.requires, t.tenant_id limit 1)
      union all
      select next.requires, next.tenant_id from line cross join lateral (
        select t.requires, t.tenant_id from tasks t
        where ${waits(pool)} and (t.requires, t.tenant_id) > (line.requires, line.tenant_id)
        order by t.requires, t.tenant_id limit 1) next
    )
    select found.id, found.state, found.rank, found.tag, head.tenant_id, head.max_running
    from (
      select line.requires, line.tenant_id, ${maxRunningOf(sql`line.tenant_id`, options)} as max_running
      from line cross join lateral (
        select t.rank, t.tag, t.created_at, t.id from tasks t
        where ${claimable} and t.requires = line.requires and t.tenant_id = line.tenant_id
        order by ${inTurn} limit 1) t
      where line.requires <@ ${sql.param(capabilities)}::text[] and line.tenant_id <> all (${sql.param(passedOver)}::text[])
      order by ${inTurn}
    ) head cross join lateral (
      select t.id, t.state, t.rank, t.tag from tasks t
      where ${claimable} and t.requires = head.requires and t.tenant_id = head.tenant_id
        and ${isBelow(pool, sql`head.tenant_id`, sql`head.max_running`)}
      order by ${inTurn} limit 1 for update skip locked) found
    limit 1`;
};

/**
 * Whether the tenant may have one more running. Whoever claims for a tenant with a limit does so one after the other, and counts what the
 * one before has committed.
 */
async function staysBelow(
  { db }: Pick<UnitOfWork, 'db'>,
  { pool }: ClaimOptions,
  tenantId: string,
  limit: number,
): Promise<boolean> {
  await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`running ${pool} ${tenantId}`}, 0))`);
  const { rows } = await db.execute<{ below: boolean }>(
    sql`select ${runningOf(pool, sql`${tenantId}`, sql`${limit}::integer`)} < ${limit}::integer as below`,
  );
  return rows[0]?.below === true;
}

/** The best task that this worker may claim, locked until the transaction ends; null when there is none. */
export async function findClaimable(unit: Pick<UnitOfWork, 'db'>, options: ClaimOptions): Promise<Found | null> {
  const passedOver: string[] = [];
  const search = async (select: typeof selectAhead): Promise<Found | undefined> =>
    (await unit.db.execute<Found>(select(options, passedOver))).rows[0];
  for (;;) {
    const found = (await search(selectAhead)) ?? (await search(selectTenantByTenant));
    if (found === undefined) return null;
    if (found.max_running === null || (await staysBelow(unit, options, found.tenant_id, found.max_running))) return found;
    passedOver.push(found.tenant_id);
  }
}
