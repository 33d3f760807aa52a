import type { JobState } from '@streamflix/contracts';
import { lt, type SQL, sql } from 'drizzle-orm';
import { type Database, schema } from '../database/index.ts';
import { firstUnbegun, lowestUnseen, type Place, type Snapshot } from './place.ts';

const { jobChanges: changes } = schema;

/** How long a reader may be away and still miss nothing. */
export const readableSeconds = 3600;
/** Rows are kept longer than they may be asked for, so that none is forgotten while it is being read. */
const keptSeconds = 2 * readableSeconds;

export interface JobChange {
  jobId: string;
  videoId: string;
  fromState: JobState | null;
  state: JobState;
  attempt: number;
  at: Date;
  /** Where to go on after this one. */
  place: Place;
}

export interface ReadChanges {
  changes: JobChange[];
  /** Where to go on after all of them. */
  place: Place;
  /** There are more already. */
  hasMore: boolean;
}

export interface ChangesOf {
  tenantId: string;
  /** All of the tenant's when absent. */
  jobId?: string | undefined;
}

interface Moment extends Record<string, unknown> {
  snapshot: Snapshot;
  seconds: string;
}

const moment = sql`select pg_current_snapshot()::text as snapshot, extract(epoch from now())::bigint as seconds`;

interface Row extends Moment {
  id: string | null;
  jobId: string;
  videoId: string;
  fromState: JobState | null;
  state: JobState;
  attempt: number;
  at: string;
}

/** The place of whoever has seen everything that is there now. */
export async function readPlace(database: Database, { tenantId }: ChangesOf): Promise<Place> {
  const { rows } = await database.forTenant(tenantId).query((db) => db.execute<Moment>(moment));
  return placeOf(rows);
}

function placeOf([row]: Moment[]): Place {
  if (row === undefined) throw new Error('the database does not say when it is');
  return { seen: row.snapshot, within: null, at: Number(row.seconds) };
}

const isVisibleIn = (snapshot: Snapshot): SQL => sql`pg_visible_in_snapshot(transaction::text::xid8, ${snapshot}::pg_snapshot)`;

const isUnseen = ({ seen, within }: Place): SQL => {
  const isNew = sql`transaction >= ${lowestUnseen(seen)}::bigint and not ${isVisibleIn(seen)}`;
  return within === null ? isNew : sql`${isNew} and ${isVisibleIn(within.upTo)} and id > ${within.lastId}::bigint`;
};

/** Whether what came after the place may have been forgotten, or never was in this database. */
const isLost = ({ seen, within, at }: Place, now: Place): boolean =>
  now.at - at > readableSeconds || firstUnbegun(within?.upTo ?? seen) > firstUnbegun(now.seen);

/**
 * What became visible after a place, in order. Null when that is not known any more: the reader was away for too long, or comes from another
 * database.
 */
export async function readChanges(
  database: Database,
  { tenantId, jobId }: ChangesOf,
  from: Place,
  limit: number,
): Promise<ReadChanges | null> {
  const { rows } = await database.forTenant(tenantId).query((db) =>
    // One statement: what it finds is exactly what is visible in the snapshot that it tells.
    db.execute<Row>(sql`
      select * from (${moment}) as moment left join lateral (
        select id, job_id as "jobId", video_id as "videoId", from_state as "fromState", state, attempt, at::text as at
        from job_changes
        where tenant_id = ${tenantId} and ${jobId === undefined ? sql`true` : sql`job_id = ${jobId}::uuid`} and ${isUnseen(from)}
        order by id limit ${limit + 1}
      ) as change on true order by id`),
  );
  const now = placeOf(rows);
  if (isLost(from, now)) return null;
  const found = rows.filter(({ id }) => id !== null);
  const page = found.slice(0, limit);
  const isCut = found.length > limit;
  const upTo = from.within?.upTo ?? now.seen;
  const end: Place = { seen: upTo, within: null, at: now.at };
  const after = (row: Row): Place =>
    !isCut && row === page.at(-1) ? end : { seen: from.seen, within: { upTo, lastId: Number(row.id) }, at: now.at };
  const last = page.at(-1);
  return {
    changes: page.map((row) => ({ ...changeOf(row), place: after(row) })),
    place: last === undefined ? end : after(last),
    // Of a read that was broken off only the rest was looked for.
    hasMore: isCut || from.within !== null,
  };
}

const changeOf = ({ jobId, videoId, fromState, state, attempt, at }: Row): Omit<JobChange, 'place'> => ({
  ...{ jobId, videoId, fromState, state, attempt, at: new Date(at) },
});

/** Forgets what nobody may ask for any more. */
export async function forgetChanges(database: Database): Promise<void> {
  await database.query((db) => db.delete(changes).where(lt(changes.at, sql`now() - make_interval(secs => ${keptSeconds})`)));
}
