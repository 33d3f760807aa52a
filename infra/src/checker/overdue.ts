import { workKeptSeconds } from '@streamflix/contracts';
import { asc, isNull, sql } from 'drizzle-orm';
import { type Database, schema } from '../database/index.ts';

/** For how long the oldest event that was not read back has waited, in seconds; 0 when none waits. */
export async function oldestUnconfirmedSeconds(database: Database): Promise<number> {
  const { outbox } = schema;
  const [oldest] = await database.query((db) =>
    db
      .select({ seconds: sql<number>`extract(epoch from now() - ${outbox.createdAt})::float8` })
      .from(outbox)
      .where(isNull(outbox.confirmedAt))
      .orderBy(asc(outbox.sequence))
      .limit(1),
  );
  return Math.max(0, oldest?.seconds ?? 0);
}

/** How many ended jobs have kept their work folder for an hour longer than they should. */
export async function countOverdueCleanUps(database: Database): Promise<number> {
  const { completed, cancelled, failed } = workKeptSeconds;
  const { rows } = await database.query((db) =>
    db.execute<{ overdue: number }>(sql`
      select count(*)::int as overdue from jobs
      where cleaned_at is null and finished_at < now() - interval '1 hour' - make_interval(secs =>
        case state when 'failed' then ${failed}::float8 when 'cancelled' then ${cancelled} else ${completed} end)`),
  );
  return rows[0]?.overdue ?? 0;
}
