import { sql } from 'drizzle-orm';
import type { Database } from '../database/index.ts';

export interface ListedJob {
  id: string;
  tenantId: string;
  videoId: string;
  createdAt: Date;
}

export interface JobScope {
  /** Jobs that changed within this time, and all that have not ended. */
  sinceMs: number;
  /** Only this one, however old it is. */
  jobId?: string | undefined;
}

/** A place in the order of changes; as text, because a Date knows only milliseconds. */
interface Place {
  changedAt: string;
  id: string;
}

interface Row extends Record<string, unknown> {
  id: string;
  tenant_id: string;
  video_id: string;
  created_ms: string;
  changed_at: string;
}

const columns = sql`id, tenant_id, video_id, extract(epoch from created_at) * 1000 as created_ms, updated_at::text as changed_at`;

const toListedJob = ({ id, tenant_id, video_id, created_ms }: Row): ListedJob => ({
  id,
  tenantId: tenant_id,
  videoId: video_id,
  createdAt: new Date(Number(created_ms)),
});

/** What changed between two moments, a window at a time; jobs that change meanwhile are another run's. */
async function* listBetween(
  database: Database,
  { from, until, onlyLive, size }: { from: Place; until: string; onlyLive: boolean; size: number },
): AsyncGenerator<ListedJob[]> {
  let after = from;
  for (;;) {
    const { changedAt, id } = after;
    const { rows } = await database.query((db) =>
      db.execute<Row>(sql`
        select ${columns} from jobs
        where deleted_at is null and (updated_at, id) > (${changedAt}::timestamptz, ${id}::uuid) and updated_at <= ${until}::timestamptz
          ${onlyLive ? sql`and finished_at is null` : sql``}
        order by updated_at, id limit ${size}`),
    );
    if (rows.length > 0) yield rows.map(toListedJob);
    const last = rows.at(-1);
    if (last === undefined || rows.length < size) return;
    after = { changedAt: last.changed_at, id: last.id };
  }
}

const firstId = '00000000-0000-0000-0000-000000000000';

/** The jobs of a scope, in windows of at most `size`. */
export async function* listJobsInScope(
  database: Database,
  { sinceMs, jobId }: JobScope,
  size: number,
): AsyncGenerator<ListedJob[]> {
  if (jobId !== undefined) {
    const { rows } = await database.query((db) =>
      db.execute<Row>(sql`select ${columns} from jobs where id = ${jobId} and deleted_at is null`),
    );
    if (rows.length > 0) yield rows.map(toListedJob);
    return;
  }
  const { rows } = await database.query((db) =>
    db.execute<{ since: string; until: string }>(
      sql`select (now() - make_interval(secs => ${sinceMs / 1000}))::text as since, now()::text as until`,
    ),
  );
  const [{ since, until } = { since: 'now', until: 'now' }] = rows;
  yield* listBetween(database, { from: { changedAt: since, id: firstId }, until, onlyLive: false, size });
  yield* listBetween(database, { from: { changedAt: '-infinity', id: firstId }, until: since, onlyLive: true, size });
}
