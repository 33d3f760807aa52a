import type { Pool, WorkerRecord } from '@streamflix/contracts';
import { and, desc, eq, sql } from 'drizzle-orm';
import { type Database, schema } from '../database/index.ts';
import { storable } from './history.ts';
import type { UnitOfWork } from './unit-of-work.ts';

const { workers, taskFailures } = schema;

/** More failures than any decision looks at. */
const longestRecord = 50;

export interface WorkerIntroduction {
  /** Names the place, not the process: whoever is started there again would fail again. */
  instance: string;
  pool: Pool;
  /** What it can do that not every worker can. */
  capabilities?: string[];
  /** How many tasks it runs at once. */
  slots?: number;
  /** What tasks may still take of its disk. */
  freeDiskBytes?: number;
}

/** How a worker stands with the others. */
export interface Standing {
  /** Null: it may work. */
  quarantine: { forMs: number; why: string } | null;
  /** Out of quarantine and not proven since: one task at a time. */
  onProbation: boolean;
}

const quarantinedForMs = sql<number>`greatest(0, coalesce(extract(epoch from ${workers.quarantinedUntil} - now()) * 1000, 0))::float8`;

/** A worker says that it is there, at its start and from time to time, and hears how it stands. */
export async function seeWorker(
  database: Database,
  { instance, pool, capabilities = [], slots = 0, freeDiskBytes }: WorkerIntroduction,
  { starts }: { starts: boolean },
): Promise<Standing> {
  const now = sql`now()`;
  const room = { slots, freeDiskBytes: freeDiskBytes ?? null };
  const seen = { pool, capabilities, ...room, lastSeenAt: now, ...(starts ? { startedAt: now } : {}) };
  const [row] = await database.query((db) =>
    db
      .insert(workers)
      .values({ instance, pool, capabilities, ...room })
      .onConflictDoUpdate({ target: workers.instance, set: seen })
      .returning({ quarantinedForMs, why: workers.why, quarantines: workers.quarantines }),
  );
  const forMs = row?.quarantinedForMs ?? 0;
  return {
    quarantine: forMs > 0 ? { forMs, why: row?.why ?? 'quarantined' } : null,
    onProbation: forMs === 0 && (row?.quarantines ?? 0) > 0,
  };
}

/** A worker leaves in good order: nobody waits for it to take what failed elsewhere. What is held against it stays. */
export async function dismissWorker(database: Database, instance: string): Promise<void> {
  await database.query((db) => db.update(workers).set({ lastSeenAt: sql`'-infinity'` }).where(eq(workers.instance, instance)));
}

/** Forgets the workers that were not seen for a day. */
export async function forgetWorkers(database: Database): Promise<void> {
  await database.query((db) => db.delete(workers).where(sql`${workers.lastSeenAt} < now() - interval '1 day'`));
}

/** A finished task clears the worker of whatever was held against it. */
export async function noteSuccess({ db }: UnitOfWork, instance: string): Promise<void> {
  await db
    .update(workers)
    .set({ succeededAt: sql`now()`, quarantines: 0, quarantinedUntil: null, why: null })
    .where(eq(workers.instance, instance));
}

/** What is known of a worker, locked: two of its failures at once are judged one after the other. The job is locked before it. */
export async function lockWorkerRecord({ db }: UnitOfWork, instance: string): Promise<WorkerRecord> {
  const [row] = await db
    .select({
      hasSucceeded: sql<boolean>`coalesce(${workers.succeededAt} >= ${workers.startedAt}, false)`,
      quarantines: workers.quarantines,
      quarantinedForMs,
    })
    .from(workers)
    .where(eq(workers.instance, instance))
    .for('no key update');
  const failures = await db
    .select()
    .from(taskFailures)
    .where(and(eq(taskFailures.worker, instance), sinceSuccess(instance)))
    .orderBy(desc(taskFailures.at))
    .limit(longestRecord);
  return {
    name: instance,
    ...(row ?? { hasSucceeded: false, quarantines: 0, quarantinedForMs: 0 }),
    failures: failures.map((failure) => ({ ...failure, at: failure.at.getTime() })),
  };
}

/** The failures on a worker that no finished task has made up for. */
export const sinceSuccess = (instance: string) =>
  sql`${taskFailures.at} > coalesce((select succeeded_at from workers where instance = ${instance}), '-infinity')`;

/** No work for a locked worker, for so long. One that is quarantined already stays so. */
export async function quarantineWorker({ db }: UnitOfWork, instance: string, forMs: number, why: string): Promise<void> {
  await db
    .update(workers)
    .set({
      quarantines: sql`${workers.quarantines} + 1`,
      quarantinedUntil: sql`now() + make_interval(secs => ${forMs / 1000})`,
      why: storable(why, 500),
    })
    .where(and(eq(workers.instance, instance), sql`coalesce(${workers.quarantinedUntil} <= now(), true)`));
}
