import { type QueueLoad, rankOf, type SourceInfo } from '@streamflix/contracts';
import { and, desc, eq, isNotNull, sql } from 'drizzle-orm';
import { type Database, schema } from '../database/index.ts';
import { seenWithinSeconds } from '../work/eligibility.ts';

const { jobs } = schema;

interface Row extends Record<string, unknown> {
  slots: number;
  may_run: number | null;
  ahead: number;
}

/**
 * How a job that the tenant submits now would find the encode pool: its tag would be the tenant's next (turns.ts), so what has a lower one or a
 * higher class is before it, and what runs.
 */
export async function readLoad(
  database: Database,
  { tenantId, priority }: { tenantId: string; priority: number },
  { maxRunningTasks }: { maxRunningTasks?: number | undefined } = {},
): Promise<QueueLoad> {
  const rank = rankOf(priority);
  const { rows } = await database.query((db) =>
    db.execute<Row>(sql`
      with next as (
        select greatest(
          coalesce((select tag from queue_clocks where pool = 'encode' and rank = ${rank}), 0),
          coalesce((select finish from tenant_shares where pool = 'encode' and rank = ${rank} and tenant_id = ${tenantId}), 0)) as tag
      )
      select
        (select coalesce(sum(slots), 0)::integer from workers where pool = 'encode' and coalesce(quarantined_until <= now(), true)
          and last_seen_at > now() - make_interval(secs => ${seenWithinSeconds})) as slots,
        coalesce((select max_running_tasks from tenants where id = ${tenantId}), ${maxRunningTasks ?? null}::integer) as may_run,
        (coalesce((select sum(predicted_cpu_seconds * (1 - least(1, progress))) from tasks
          where pool = 'encode' and state = 'running' and lease_until is not null), 0)
        + coalesce((select sum(predicted_cpu_seconds) from tasks
          where pool = 'encode' and state in ('ready', 'retrying') and rank > ${rank}), 0)
        + coalesce((select sum(predicted_cpu_seconds) from tasks, next
          where pool = 'encode' and state in ('ready', 'retrying') and rank = ${rank} and tasks.tag < next.tag), 0))::float8 as ahead`),
  );
  const { slots = 0, may_run: mayRun = null, ahead = 0 } = rows[0] ?? {};
  return { slots: mayRun === null ? slots : Math.min(slots, mayRun), cpuSecondsAhead: ahead };
}

/** What a probe found in this object for an earlier job of the tenant; null where none has looked. */
export async function findProbedSource(
  database: Database,
  tenantId: string,
  { bucket, key }: { bucket: string; key: string },
): Promise<SourceInfo | null> {
  const [row] = await database.forTenant(tenantId).query((db) =>
    db
      .select({ plan: jobs.plan })
      .from(jobs)
      .where(and(eq(jobs.tenantId, tenantId), eq(jobs.sourceBucket, bucket), eq(jobs.sourceKey, key), isNotNull(jobs.plan)))
      .orderBy(desc(jobs.createdAt))
      .limit(1),
  );
  return row?.plan?.source ?? null;
}
