import type { EventOf, PromisedTopic } from '@streamflix/contracts';
import { getTableColumns, sql } from 'drizzle-orm';
import type { Database, OutboxRow, Transaction } from '../database/index.ts';
import { schema } from '../database/index.ts';
import { completeEvent, type NewEvent, toParts } from './new-event.ts';
import { forgottenAfterMs, type OutboxRelay } from './outbox-relay.ts';

/** A transaction that may also tell something: what it emits is told if and only if it commits. */
export interface UnitOfWork {
  db: Transaction;
  emit<T extends PromisedTopic>(topic: T, event: NewEvent<T>): EventOf<T>;
}

export interface WorkPorts {
  database: Database;
  outbox: OutboxRelay;
}

type OutboxInsert = typeof schema.outbox.$inferInsert;

/**
 * Whether an older event of the same key lies there unsent, for longer than it takes to send one: the sweep sends them in order.
 */
const mustWait = sql<boolean>`exists (
  select 1 from outbox older
  where older.topic = outbox.topic and older.key = outbox.key and older.sequence < outbox.sequence
    and older.sent_at is null and older.confirmed_at is null
    and older.created_at < now() - make_interval(secs => ${forgottenAfterMs / 1000}))`;

async function insertEvents(db: Transaction, inserts: OutboxInsert[]): Promise<OutboxRow[]> {
  if (inserts.length === 0) return [];
  const rows = await db
    .insert(schema.outbox)
    .values(inserts)
    .onConflictDoNothing({ target: schema.outbox.eventId })
    .returning({ ...getTableColumns(schema.outbox), mustWait });
  return rows.filter((row) => !row.mustWait);
}

/**
 * Runs `work` in one transaction: state changes and the events about them stand or fall together. After the commit the relay
 * sends the events at once; if this process dies first, the sweep finds them.
 */
export async function inTransaction<T>({ database, outbox }: WorkPorts, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
  const { result, rows } = await database.transaction(async (db) => {
    // Inside: a repeated transaction starts with nothing emitted.
    const inserts: OutboxInsert[] = [];
    const emit = <E extends PromisedTopic>(topic: E, event: NewEvent<E>): EventOf<E> => {
      const whole = completeEvent(topic, event);
      inserts.push({ eventId: whole.eventId, ...toParts(topic, whole) });
      return whole;
    };
    const result = await work({ db, emit });
    return { result, rows: await insertEvents(db, inserts) };
  });
  outbox.send(rows);
  return result;
}

/** Whether this consumer sees the event for the first time. False: a second delivery, nothing is to be done. */
export async function receiveOnce({ db }: UnitOfWork, consumer: string, eventId: string): Promise<boolean> {
  const inserted = await db
    .insert(schema.inbox)
    .values({ consumer, eventId })
    .onConflictDoNothing()
    .returning({ eventId: sql`1` });
  return inserted.length === 1;
}
