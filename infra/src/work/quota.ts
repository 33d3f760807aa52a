import { StreamflixError } from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import type { Database, Queries, Transaction } from '../database/index.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** What the configuration grants a tenant without a row of its own. */
export interface Quota {
  /** Jobs that have not ended; undefined: any number. */
  maxQueuedJobs?: number | undefined;
  /** The highest priority; undefined: any. */
  maxPriority?: number | undefined;
}

interface Standing extends Record<string, unknown> {
  queued: string;
  /** Null: no limit. */
  max: number | null;
}

async function standingOf(db: Queries | Transaction, tenantId: string, { maxQueuedJobs }: Quota) {
  const { rows } = await db.execute<Standing>(sql`
    select granted.max, case when granted.max is null then 0 else (
      select count(*) from jobs where tenant_id = ${tenantId} and finished_at is null) end as queued
    from (select coalesce((select max_queued_jobs from tenants where id = ${tenantId}), ${maxQueuedJobs ?? null}::integer) as max) granted`);
  return { queued: Number(rows[0]?.queued ?? 0), max: rows[0]?.max ?? null };
}

const exceeded = (queued: number, max: number): StreamflixError =>
  new StreamflixError('QUOTA_EXCEEDED', {
    message: `The tenant has ${queued} unfinished jobs and may have ${max}.`,
    details: { unfinishedJobs: queued, maxQueuedJobs: max },
  });

/**
 * Why the tenant may not have the job that this transaction has just made; null when it may. Whoever makes jobs for a tenant with a limit
 * does so one after the other from here to the commit.
 */
export async function refusalByQuota(
  { db }: Pick<UnitOfWork, 'db'>,
  tenantId: string,
  quota: Quota,
): Promise<StreamflixError | null> {
  if ((await standingOf(db, tenantId, quota)).max === null) return null;
  await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`queued ${tenantId}`}, 0))`);
  const { queued, max } = await standingOf(db, tenantId, quota);
  return max === null || queued <= max ? null : exceeded(queued - 1, max);
}

/** Throws QUOTA_EXCEEDED when a further job would be too many: asked before a large body is taken, decided when its job is made. */
export async function assertQuota(database: Database, tenantId: string, quota: Quota): Promise<void> {
  const { queued, max } = await database.query((db) => standingOf(db, tenantId, quota));
  if (max !== null && queued >= max) throw exceeded(queued, max);
}

/** What a tenant gets that asks for a priority: the highest it may have, at most. A job with too much is lowered and not refused. */
export async function grantedPriority(
  { db }: Pick<UnitOfWork, 'db'>,
  tenantId: string,
  requested: number,
  { maxPriority }: Quota,
): Promise<number> {
  const { rows } = await db.execute<{ granted: number }>(sql`
    select least(${requested}::integer, coalesce((select max_priority from tenants where id = ${tenantId}), ${maxPriority ?? null}::integer))
      as granted`);
  return rows[0]?.granted ?? requested;
}

/** Whether there are so many jobs, of all tenants together, that have not ended. */
export async function hasUnfinishedJobs(database: Database, count: number): Promise<boolean> {
  const { rows } = await database.query((db) =>
    db.execute<{ count: string }>(
      sql`select count(*) from (select from jobs where finished_at is null limit ${count}) unfinished`,
    ),
  );
  return Number(rows[0]?.count ?? 0) >= count;
}
