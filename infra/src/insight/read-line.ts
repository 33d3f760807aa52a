import { type LineFacts, outageCodes, type Pool } from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import type { Database, TaskRow } from '../database/index.ts';
import { seenWithinSeconds } from '../work/eligibility.ts';

/** So many tasks before one's own are counted; beyond, the number says enough. */
const mostCounted = 10_000;
/** Work that waits for a server keeps its turn, so it is found among the first. */
const lookedAt = 200;

interface Row extends Record<string, unknown> {
  ahead: number;
  of_others: number;
  cpu_seconds: number;
  running: number;
  may_run: number | null;
  seen: number;
  able: number;
  quarantined: number;
  quarantined_until: Date | string | null;
  slots: number;
  busy: number;
  outage: string | null;
}

export type WaitingTask = Pick<TaskRow, 'id' | 'pool' | 'tenantId' | 'requires' | 'notBefore'>;

/** Tasks of one job that wait in one line, the first in turn first. */
export interface Line {
  pool: Pool;
  tasks: readonly [WaitingTask, ...WaitingTask[]];
}

/** How a line stands: for its first task, what is before it and who could take it. Of other tenants only numbers. */
export async function readLine(
  database: Database,
  { pool, tasks: [head, ...rest] }: Line,
  { now, maxRunningTasks }: { now: Date; maxRunningTasks: number | undefined },
): Promise<LineFacts> {
  const { requires, tenantId } = head;
  const { rows } = await database.query((db) =>
    db.execute<Row>(sql`
      with me as (select rank, tag, created_at, id from tasks where id = ${head.id}),
      ahead as (
        select tenant_id, predicted_cpu_seconds from (
          (select t.* from tasks t, me where t.pool = ${pool} and t.state in ('ready', 'retrying') and t.rank > me.rank
            and (t.not_before is null or t.not_before <= now()) limit ${mostCounted})
          union all
          (select t.* from tasks t, me where t.pool = ${pool} and t.state in ('ready', 'retrying') and t.rank = me.rank
            and (t.tag, t.created_at, t.id) < (me.tag, me.created_at, me.id)
            and (t.not_before is null or t.not_before <= now()) limit ${mostCounted})
        ) before limit ${mostCounted}
      ),
      present as (
        select slots, capabilities @> ${sql.param(requires)}::text[] as able,
          coalesce(quarantined_until > now(), false) as quarantined, quarantined_until
        from workers where pool = ${pool} and last_seen_at > now() - make_interval(secs => ${seenWithinSeconds})
      ),
      total as (
        select count(*)::integer as seen, count(*) filter (where able)::integer as able,
          count(*) filter (where able and quarantined)::integer as quarantined,
          min(quarantined_until) filter (where able and quarantined) as quarantined_until,
          coalesce(sum(slots) filter (where able and not quarantined), 0)::integer as slots
        from present
      )
      select total.*,
        (select count(*)::integer from ahead) as ahead,
        (select count(*)::integer from ahead where tenant_id <> ${tenantId}) as of_others,
        (select coalesce(sum(predicted_cpu_seconds), 0)::float8 from ahead) as cpu_seconds,
        (select count(*)::integer from tasks where pool = ${pool} and tenant_id = ${tenantId} and state = 'running' and lease_until is not null) as running,
        coalesce((select max_running_tasks from tenants where id = ${tenantId}), ${maxRunningTasks ?? null}::integer) as may_run,
        (select count(*)::integer from (
          select 1 from tasks where pool = ${pool} and state = 'running' and lease_until is not null limit total.slots) counted) as busy,
        (select error_code from (
          select error_code, state from tasks where pool = ${pool} and state in ('ready', 'retrying')
          order by rank desc, tag, created_at, id limit ${lookedAt}) first_ones
          where state = 'retrying' and error_code = any(${sql.param(outageCodes)}::text[]) limit 1) as outage
      from total`),
  );
  const [row] = rows;
  if (row === undefined) throw new Error('a count has no row');
  return {
    pool,
    requires,
    tasks: rest.length + 1,
    isDue: head.notBefore === null || head.notBefore <= now,
    ahead: { tasks: row.ahead, ofOthers: row.of_others, cpuSeconds: row.cpu_seconds },
    tenant: { running: row.running, mayRun: row.may_run },
    workers: {
      seen: row.seen,
      able: row.able,
      quarantined: row.quarantined,
      quarantinedUntil: row.quarantined_until === null ? null : new Date(row.quarantined_until),
    },
    slots: { all: row.slots, busy: row.busy },
    outage: row.outage,
  };
}
