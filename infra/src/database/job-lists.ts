import type { JobSort, JobState, SortOrder } from '@streamflix/contracts';
import { and, asc, desc, eq, getTableColumns, gte, isNull, lt, type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Database, Queries } from './database.ts';
import { type JobRow, jobMetadata, jobs } from './schema.ts';

export interface JobFilter {
  state?: JobState | undefined;
  videoId?: string | undefined;
  profile?: string | undefined;
  createdFrom?: Date | undefined;
  createdTo?: Date | undefined;
  /** All of it must be there. */
  metadata?: Record<string, string> | undefined;
}

/** Where in a sorted list a job stands: a priority, then microseconds since the epoch, as far as the sort has them; and its id. */
export interface ListPlace {
  values: number[];
  id: string;
}

export interface JobListQuery extends JobFilter {
  sort: JobSort;
  order: SortOrder;
  limit: number;
  offset: number;
  /** The last job of the page before. */
  after?: ListPlace | undefined;
}

/** A job without what a list does not tell of it: plans are large. */
export type ListedJobRow = Omit<JobRow, 'plan'>;
export interface ListedJob {
  row: ListedJobRow;
  place: ListPlace;
}

const entriesOf = ({ metadata = {} }: JobFilter): [string, string][] => Object.entries(metadata);

const entryOf = ([key, value]: [string, string]): SQL => sql`md5(md5(${key}) || ${value})::uuid`;

/**
 * The first entry that is asked for leads to the jobs, which must have the others too. The metadata itself is not compared: PostgreSQL knows
 * nothing of it under row-level security, takes it for rare, and would sort all jobs for a page instead of reading one page in order.
 */
function toMetadataCondition(tenantId: string, entries: [string, string][]): SQL | undefined {
  const [first, ...others] = entries;
  if (first === undefined) return undefined;
  const other = alias(jobMetadata, 'other');
  const has = (entry: [string, string]): SQL =>
    sql`exists (select from ${jobMetadata} as other where ${and(
      eq(other.tenantId, tenantId),
      eq(other.entry, entryOf(entry)),
      eq(other.createdAt, jobMetadata.createdAt),
      eq(other.jobId, jobMetadata.jobId),
    )})`;
  return and(eq(jobMetadata.tenantId, tenantId), eq(jobMetadata.entry, entryOf(first)), ...others.map(has));
}

function toCondition(tenantId: string, filter: JobFilter): SQL | undefined {
  const { state, videoId, profile, createdFrom, createdTo } = filter;
  const entries = entriesOf(filter);
  const { createdAt } = entries.length === 0 ? jobs : jobMetadata;
  return and(
    eq(jobs.tenantId, tenantId),
    isNull(jobs.deletedAt),
    state && eq(jobs.state, state),
    videoId === undefined ? undefined : eq(jobs.videoId, videoId),
    profile === undefined ? undefined : eq(jobs.profile, profile),
    createdFrom && gte(createdAt, createdFrom),
    createdTo && lt(createdAt, createdTo),
    toMetadataCondition(tenantId, entries),
  );
}

/** The columns of a sort, of which the last is the id. Those of the table that leads, so that its index gives the order. */
function sortColumns(sort: JobSort, byMetadata: boolean) {
  if (sort === 'updatedAt') return [jobs.updatedAt, jobs.id];
  if (sort === 'priority') return [jobs.priority, jobs.createdAt, jobs.id];
  return byMetadata ? [jobMetadata.createdAt, jobMetadata.jobId] : [jobs.createdAt, jobs.id];
}

const micros = (column: SQL | typeof jobs.createdAt | typeof jobs.updatedAt) =>
  sql`(extract(epoch from ${column}) * 1000000)::bigint`;

const placeColumns: Record<JobSort, SQL<string[]>> = {
  createdAt: sql`array[${micros(jobs.createdAt)}]`,
  updatedAt: sql`array[${micros(jobs.updatedAt)}]`,
  priority: sql`array[${jobs.priority}::bigint, ${micros(jobs.createdAt)}]`,
};

/** To the microsecond, which a Date does not know. */
function momentOf(micros: number): SQL {
  const whole = new Date(Math.floor(micros / 1000)).toISOString().slice(0, -1);
  return sql`${`${whole}${String(micros % 1000).padStart(3, '0')}Z`}::timestamptz`;
}

function isBeyond(columns: ReturnType<typeof sortColumns>, sort: JobSort, order: SortOrder, { values, id }: ListPlace): SQL {
  const bounds = values.map((value, index) => (sort === 'priority' && index === 0 ? sql`${value}::smallint` : momentOf(value)));
  const row = sql.join([...bounds, sql`${id}::uuid`], sql`, `);
  // As one comparison of rows an index begins at the place; taken apart it would be read from its start.
  return sql`(${sql.join(
    columns.map((column) => sql`${column}`),
    sql`, `,
  )}) ${sql.raw(order === 'desc' ? '<' : '>')} (${row})`;
}

const { plan: _, outcome, ...plainColumns } = getTableColumns(jobs);
const rowColumns = {
  ...plainColumns,
  // Of the outcome a list tells whether it is worth a retry.
  outcome: sql<
    JobRow['outcome']
  >`case when ${jobs.errorCode} is not null then jsonb_build_object('retriable', ${outcome}->'retriable') end`,
};

/** As SQL, for whoever wants to know how it is planned. */
export function listQuery(db: Queries, tenantId: string, { sort, order, limit, offset, after, ...filter }: JobListQuery) {
  const byMetadata = entriesOf(filter).length > 0;
  const columns = sortColumns(sort, byMetadata);
  const selected = db.select({ row: rowColumns, place: placeColumns[sort] }).from(jobs).$dynamic();
  const direction = order === 'desc' ? desc : asc;
  return (byMetadata ? selected.innerJoin(jobMetadata, eq(jobMetadata.jobId, jobs.id)) : selected)
    .where(and(toCondition(tenantId, filter), after && isBeyond(columns, sort, order, after)))
    .orderBy(...columns.map((column) => direction(column)))
    .limit(limit)
    .offset(offset);
}

/** Jobs of a tenant, one page. */
export async function listJobs(database: Database, tenantId: string, query: JobListQuery): Promise<ListedJob[]> {
  const rows = await database.query((db) => listQuery(db, tenantId, query));
  return rows.map(({ row, place }) => ({ row, place: { values: place.map(Number), id: row.id } }));
}

export function countQuery(db: Queries, tenantId: string, filter: JobFilter, atMost: number) {
  const selected = db
    .select({ one: sql`1`.as('one') })
    .from(jobs)
    .$dynamic();
  const joined = entriesOf(filter).length > 0 ? selected.innerJoin(jobMetadata, eq(jobMetadata.jobId, jobs.id)) : selected;
  const found = joined.where(toCondition(tenantId, filter)).limit(atMost).as('found');
  return db.select({ count: sql<string>`count(*)` }).from(found);
}

/** How many jobs pass the filter; never more than `atMost`, so that counting costs no more than that. */
export async function countJobs(database: Database, tenantId: string, filter: JobFilter, atMost: number): Promise<number> {
  const [row] = await database.query((db) => countQuery(db, tenantId, filter, atMost));
  return Number(row?.count ?? 0);
}
