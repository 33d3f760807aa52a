import { type DeadLetterSelection, type DeadLetterState, replayableStates } from '@streamflix/contracts';
import { and, eq, inArray, isNull, or, type SQL, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { type Database, type Queries, schema, type Transaction } from '../database/index.ts';

const { deadLetters, deadLetterActions } = schema;

export interface LetterCounts {
  /** Taken, or would be. */
  letters: number;
  /** Left as they are, by state. */
  passedOver: Partial<Record<DeadLetterState, number>>;
}

export interface ReplayOrdered extends LetterCounts {
  actionId: string;
}

export interface LetterOrder {
  tenantId: string;
  selection: DeadLetterSelection;
}

/** A tenant's own letters, and those that do not say whose they are. */
export const visibleTo = (tenantId: string): SQL | undefined =>
  or(eq(deadLetters.tenantId, tenantId), isNull(deadLetters.tenantId));

const chosenBy = ({ tenantId, selection }: LetterOrder): SQL | undefined =>
  and(
    visibleTo(tenantId),
    'ids' in selection ? inArray(deadLetters.id, selection.ids) : eq(deadLetters.signature, selection.signature),
  );

async function countLetters(db: Queries | Transaction, order: LetterOrder, taken: DeadLetterState[]): Promise<LetterCounts> {
  const rows = await db
    .select({ state: deadLetters.state, count: sql<number>`count(*)::int` })
    .from(deadLetters)
    .where(chosenBy(order))
    .groupBy(deadLetters.state);
  const isTaken = ({ state }: { state: DeadLetterState }): boolean => taken.includes(state);
  return {
    letters: rows.filter(isTaken).reduce((sum, { count }) => sum + count, 0),
    passedOver: Object.fromEntries(rows.filter((row) => !isTaken(row)).map(({ state, count }) => [state, count])),
  };
}

/** What `orderReplay` would do now. */
export const previewReplay = (database: Database, order: LetterOrder): Promise<LetterCounts> =>
  database.query((db) => countLetters(db, order, replayableStates(order.selection)));

/**
 * Puts letters on the way back, oldest first: each has a time, `1 / perSecond` apart, at which the sweep sends it. Who asked for how many
 * is on record.
 */
export function orderReplay(
  database: Database,
  order: LetterOrder & { requestedBy: string; perSecond: number },
): Promise<ReplayOrdered> {
  const { tenantId, selection, requestedBy, perSecond } = order;
  const states = replayableStates(selection);
  return database.transaction(async (db) => {
    const before = await countLetters(db, order, states);
    const actionId = uuidv7();
    await db
      .insert(deadLetterActions)
      .values({ id: actionId, action: 'replay', requestedBy, tenantId, selection, letters: 0, perSecond });
    const chosen = db
      .select({ id: deadLetters.id })
      .from(deadLetters)
      .where(and(chosenBy(order), inArray(deadLetters.state, states)))
      .orderBy(deadLetters.firstSeenAt, deadLetters.id)
      .for('update');
    const due = sql`(select id, row_number() over () - 1 as place from (${chosen}) chosen)`;
    const { rows } = await db.execute(sql`
      update dead_letters set state = 'replayed', replays = replays + 1, replay_action_id = ${actionId}, replay_sent_at = null,
        replay_sends = 0, replay_due_at = now() + make_interval(secs => due.place / ${perSecond}::float8), updated_at = now()
      from ${due} due where dead_letters.id = due.id returning dead_letters.id`);
    await db.update(deadLetterActions).set({ letters: rows.length }).where(eq(deadLetterActions.id, actionId));
    return { ...before, letters: rows.length, actionId };
  });
}

/** Takes letters out of the way of group replays. Who asked for how many is on record. */
export function parkLetters(database: Database, order: LetterOrder & { requestedBy: string }): Promise<LetterCounts> {
  const { tenantId, selection, requestedBy } = order;
  return database.transaction(async (db) => {
    const before = await countLetters(db, order, ['new']);
    const parked = await db
      .update(deadLetters)
      .set({ state: 'parked', updatedAt: sql`now()` })
      .where(and(chosenBy(order), eq(deadLetters.state, 'new')))
      .returning({ id: deadLetters.id });
    const letters = parked.length;
    await db.insert(deadLetterActions).values({ id: uuidv7(), action: 'park', requestedBy, tenantId, selection, letters });
    return { ...before, letters };
  });
}
