import type { DeadLetterKind, DeadLetterState } from '@streamflix/contracts';
import { and, desc, eq, getTableColumns, lt, or, sql } from 'drizzle-orm';
import type { RawHeaders } from '../bus/index.ts';
import { type Database, type DeadLetterRow, schema } from '../database/index.ts';
import { visibleTo } from './order-replay.ts';

const { deadLetters } = schema;

export interface LetterFilter {
  kind?: DeadLetterKind | undefined;
  state?: DeadLetterState | undefined;
  topic?: string | undefined;
  signature?: string | undefined;
}

export interface LetterPage extends LetterFilter {
  limit: number;
  /** The last letter of the page before; the list goes on with the next older one. */
  before?: { createdAt: Date; id: string } | undefined;
}

/** A letter without its bytes. */
export type LetterSummary = Omit<DeadLetterRow, 'messageKey' | 'messageValue' | 'messageHeaders'>;

export interface LetterGroup {
  signature: string;
  code: string;
  message: string;
  /** Topics and pools. */
  from: string[];
  total: number;
  states: Partial<Record<DeadLetterState, number>>;
  firstSeenAt: Date;
  lastSeenAt: Date;
}

const { messageKey: _key, messageValue: _value, messageHeaders: _headers, ...summaryColumns } = getTableColumns(deadLetters);

const matches = (tenantId: string, { kind, state, topic, signature }: LetterFilter) =>
  and(
    visibleTo(tenantId),
    kind && eq(deadLetters.kind, kind),
    state && eq(deadLetters.state, state),
    topic === undefined ? undefined : sql`${deadLetters.originTopic} = ${topic}`,
    signature === undefined ? undefined : eq(deadLetters.signature, signature),
  );

/** Letters that a tenant may see, newest first. */
export function listLetters(database: Database, tenantId: string, page: LetterPage): Promise<LetterSummary[]> {
  const { limit, before } = page;
  const { createdAt, id } = deadLetters;
  const older = before && or(lt(createdAt, before.createdAt), and(eq(createdAt, before.createdAt), lt(id, before.id)));
  return database.query((db) =>
    db
      .select(summaryColumns)
      .from(deadLetters)
      .where(and(matches(tenantId, page), older))
      .orderBy(desc(createdAt), desc(id))
      .limit(limit),
  );
}

/** A letter that a tenant may see, with its bytes. */
export async function findLetter(database: Database, tenantId: string, letterId: string): Promise<DeadLetterRow | null> {
  const rows = await database.query((db) =>
    db
      .select()
      .from(deadLetters)
      .where(and(visibleTo(tenantId), eq(deadLetters.id, letterId))),
  );
  return rows[0] ?? null;
}

const countIn = (state: DeadLetterState) => sql<number>`(count(*) filter (where ${deadLetters.state} = ${state}))::int`;
const iso = (moment: ReturnType<typeof sql>) => moment.mapWith((text: string) => new Date(text));

/** Letters by the fault they have in common, the largest groups first. */
export async function groupLetters(database: Database, tenantId: string, filter: LetterFilter): Promise<LetterGroup[]> {
  const { signature, code, message, originTopic, pool, firstSeenAt, lastSeenAt } = deadLetters;
  const rows = await database.query((db) =>
    db
      .select({
        signature,
        code: sql<string>`min(${code})`,
        message: sql<string>`min(${message})`,
        from: sql<string[]>`array_agg(distinct coalesce(${originTopic}, ${pool}))`,
        total: sql<number>`count(*)::int`,
        new: countIn('new'),
        replayed: countIn('replayed'),
        resolved: countIn('resolved'),
        parked: countIn('parked'),
        firstSeenAt: iso(sql`min(${firstSeenAt})`),
        lastSeenAt: iso(sql`max(${lastSeenAt})`),
      })
      .from(deadLetters)
      .where(matches(tenantId, filter))
      .groupBy(signature)
      .orderBy(sql`count(*) desc`, signature)
      .limit(200),
  );
  return rows.map(({ new: fresh, replayed, resolved, parked, firstSeenAt, lastSeenAt, ...group }) => ({
    ...group,
    states: Object.fromEntries(
      Object.entries({ new: fresh, replayed, resolved, parked }).filter(([, count]) => count > 0),
    ) as LetterGroup['states'],
    firstSeenAt: firstSeenAt as Date,
    lastSeenAt: lastSeenAt as Date,
  }));
}

/** The headers of a letter, bytes as they were. */
export const headersOf = ({ messageHeaders }: Pick<DeadLetterRow, 'messageHeaders'>): RawHeaders =>
  messageHeaders === null
    ? []
    : (JSON.parse(messageHeaders.toString()) as [string, string][]).map(([name, value]) => [name, Buffer.from(value, 'base64')]);

/** How many letters of each kind are not resolved, by state; states without one count nought. */
export async function countOpenLetters(
  database: Database,
): Promise<{ kind: DeadLetterKind; state: DeadLetterState; count: number }[]> {
  const rows = await database.query((db) =>
    db
      .select({ kind: deadLetters.kind, state: deadLetters.state, count: sql<number>`count(*)::int` })
      .from(deadLetters)
      .where(sql`${deadLetters.state} <> 'resolved'`)
      .groupBy(deadLetters.kind, deadLetters.state),
  );
  const countOf = (kind: DeadLetterKind, state: DeadLetterState): number =>
    rows.find((row) => row.kind === kind && row.state === state)?.count ?? 0;
  return (['event', 'task'] as const).flatMap((kind) =>
    (['new', 'replayed', 'parked'] as const).map((state) => ({ kind, state, count: countOf(kind, state) })),
  );
}
