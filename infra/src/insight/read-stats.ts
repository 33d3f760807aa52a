import type { ApiStats, ApiWorkDone, JobState, Pool } from '@streamflix/contracts';
import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../database/index.ts';
import { seenWithinSeconds } from '../work/eligibility.ts';

/** Sums over rows of `usage`, in the names of the API. */
export const workDone: SQL = sql`
  count(*) filter (where outcome = 'completed')::integer as completed,
  count(*) filter (where outcome = 'failed')::integer as failed,
  count(*) filter (where outcome = 'cancelled')::integer as cancelled,
  (coalesce(sum(source_seconds), 0) / 60)::float8 as "sourceMinutes",
  coalesce(sum(output_bytes), 0)::float8 as "outputBytes",
  coalesce(sum(cpu_seconds), 0)::float8 as "cpuSeconds"`;

type Row<T> = T & Record<string, unknown>;

/** How the work stands: of one tenant, or of all where none is given. */
export async function readStats(whole: Database, tenantId: string | null): Promise<ApiStats> {
  const database = tenantId === null ? whole : whole.forTenant(tenantId);
  return database.query(async (db) => {
    const ended = sql`from usage where ended_at > now() - interval '1 day'`;
    const [states, queues, lastHour, workers, clock] = await Promise.all([
      db.execute<Row<{ state: JobState; jobs: number }>>(sql`
        select state, count(*)::integer as jobs from jobs where finished_at is null group by state
        union all select outcome, count(*)::integer ${ended} group by outcome`),
      db.execute<Row<ApiStats['queues'][number]>>(sql`
        select pool, count(*) filter (where state <> 'running')::integer as waiting,
          count(*) filter (where state = 'running')::integer as running,
          coalesce(sum(predicted_cpu_seconds) filter (where state <> 'running'), 0)::float8 as "waitingCpuSeconds",
          extract(epoch from now() - min(ranked_at) filter (where state <> 'running'))::float8 as "oldestSeconds"
        from tasks where state in ('ready', 'retrying', 'running') group by pool order by pool`),
      db.execute<Row<ApiWorkDone>>(sql`select ${workDone} from usage where ended_at > now() - interval '1 hour'`),
      tenantId !== null
        ? null
        : db.execute<Row<{ pool: Pool; seen: number; quarantined: number; slots: number }>>(sql`
            select pool, count(*)::integer as seen, count(*) filter (where quarantined_until > now())::integer as quarantined,
              coalesce(sum(slots) filter (where coalesce(quarantined_until <= now(), true)), 0)::integer as slots
            from workers where last_seen_at > now() - make_interval(secs => ${seenWithinSeconds}) group by pool order by pool`),
      db.execute<Row<{ at: Date | string }>>(sql`select now() as at`),
    ]);
    const [done] = lastHour.rows;
    const [time] = clock.rows;
    if (done === undefined || time === undefined) throw new Error('a sum has no row');
    const jobs = { pending: 0, assigned: 0, transcoding: 0, completing: 0, retrying: 0, completed: 0, failed: 0, cancelled: 0 };
    for (const { state, jobs: count } of states.rows) jobs[state] = count;
    return {
      ...{ scope: tenantId === null ? 'platform' : 'tenant', at: new Date(time.at).toISOString(), jobs },
      queues: queues.rows.map((row) => ({
        ...row,
        oldestSeconds: row.oldestSeconds === null ? null : Math.max(0, row.oldestSeconds),
      })),
      lastHour: done,
      workers: workers?.rows ?? null,
    };
  });
}
