import { isTenantId, stateAfterFailedReplay, topics } from '@streamflix/contracts';
import { and, eq, ne, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { Bus, DeadLetter, RawHeaders, Replay } from '../bus/index.ts';
import { type Database, schema, type Transaction } from '../database/index.ts';
import { storable } from '../work/index.ts';

const { deadLetters } = schema;

const longestId = 128;
const longestMessage = 1_000;

/** What the message says it is about. */
type Subject = Partial<Record<'tenantId' | 'videoId' | 'jobId' | 'eventId', string>>;

/** Throws REGISTRY_UNAVAILABLE: who a letter belongs to is not guessed. */
async function subjectOf(bus: Pick<Bus, 'decode'>, { topic, value, code }: DeadLetter): Promise<Subject> {
  if (code === 'MESSAGE_UNDECODABLE' || !Object.hasOwn(topics, topic)) return {};
  const event = await bus.decode(topic, value).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'MESSAGE_UNDECODABLE') return {};
    throw error;
  });
  const fields = Object.entries(event).filter(([, field]) => typeof field === 'string' && field !== '');
  const { tenantId, videoId, jobId, eventId } = Object.fromEntries(
    fields.map(([name, field]) => [name, storable(field, longestId)]),
  ) as Subject;
  return {
    ...(tenantId !== undefined && isTenantId(tenantId) && { tenantId }),
    ...(videoId !== undefined && { videoId }),
    ...(jobId !== undefined && { jobId }),
    ...(eventId !== undefined && { eventId }),
  };
}

export const writeHeaders = (headers: RawHeaders): Buffer =>
  Buffer.from(JSON.stringify(headers.map(([name, value]) => [name, value.toString('base64')])));

/** Notes on its letter that a replay failed. False when nobody knows that letter. */
async function noteFailedReplay(db: Transaction, letter: DeadLetter, { letterId, number }: Replay): Promise<boolean> {
  const [row] = await db.select().from(deadLetters).where(eq(deadLetters.id, letterId)).for('update');
  if (row === undefined) return false;
  // Told before, or an older replay than the one that is under way.
  if (row.state !== 'replayed' || row.replays !== number) return true;
  const { code, signature, lastSeen } = letter;
  await db
    .update(deadLetters)
    .set({
      state: stateAfterFailedReplay(row.signature, signature),
      attempts: row.attempts + letter.attempts,
      ...{ code, signature, lastSeenAt: lastSeen, updatedAt: sql`now()` },
      message: storable(letter.message, longestMessage),
    })
    .where(eq(deadLetters.id, letterId));
  return true;
}

async function insertLetter(db: Transaction, letter: DeadLetter, subject: Subject): Promise<void> {
  const { topic, partition, offset, publishedAt, group, code, message, signature, attempts, key, value, headers } = letter;
  await db
    .insert(deadLetters)
    .values({
      ...{ ...subject, code, signature, attempts, publishedAt, messageKey: key, messageValue: value },
      id: uuidv7(),
      kind: 'event',
      originTopic: topic,
      originPartition: partition,
      originOffset: Number(offset),
      originGroup: storable(group, longestId),
      messageHeaders: writeHeaders(headers),
      message: storable(message, longestMessage),
      firstSeenAt: letter.firstSeen,
      lastSeenAt: letter.lastSeen,
    })
    .onConflictDoNothing();
}

/** Takes letters from the dead-letter topics into the index. Doing it again changes nothing. */
export async function indexDeadLetters(
  { database, bus }: { database: Database; bus: Pick<Bus, 'decode'> },
  letters: readonly DeadLetter[],
): Promise<void> {
  for (const letter of letters) {
    const subject = await subjectOf(bus, letter);
    await database.transaction(async (db) => {
      const isKnown = letter.replay !== null && (await noteFailedReplay(db, letter, letter.replay));
      if (!isKnown) await insertLetter(db, letter, subject);
    });
  }
}

/** A replayed message was handled, by the first or any later delivery. */
export async function resolveReplayed(database: Database, { letterId, group }: Replay): Promise<void> {
  await database.query((db) =>
    db
      .update(deadLetters)
      .set({ state: 'resolved', updatedAt: sql`now()` })
      .where(and(eq(deadLetters.id, letterId), eq(deadLetters.originGroup, group), ne(deadLetters.state, 'resolved'))),
  );
}

/** Forgets letters as old as Kafka lets dead letters become. */
export async function forgetOldLetters(database: Database, { days }: { days: number }): Promise<void> {
  await database.query((db) =>
    db.delete(deadLetters).where(sql`${deadLetters.lastSeenAt} < now() - make_interval(days => ${days})`),
  );
}
