import { type DeadLetterSelection, StreamflixError, signatureOf } from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { DeadLetter, ReplayOrder } from '../bus/index.ts';
import { schema } from '../database/index.ts';
import { createTestLogger } from '../telemetry/index.ts';
import { createTestDatabase, RecordingBus, type TestDatabase } from '../testkit/index.ts';
import { inTransaction, OutboxRelay, receiveOnce } from '../work/index.ts';
import {
  countOpenLetters,
  findLetter,
  forgetOldLetters,
  groupLetters,
  headersOf,
  indexDeadLetters,
  listLetters,
  orderReplay,
  parkLetters,
  previewReplay,
  resolveReplayed,
  sendDueReplays,
} from './index.ts';
import type { ReplayPorts } from './send-replays.ts';

const { deadLetters, deadLetterActions } = schema;
let own: TestDatabase;
let sent: ReplayOrder[];
let failure: Error | undefined;
let event: Record<string, unknown> | StreamflixError;
let ports: ReplayPorts & { bus: { decode: () => Promise<never> } };

beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.drop());
beforeEach(async () => {
  await own.database.query((db) => db.execute(sql`truncate dead_letters, dead_letter_actions, inbox`));
  [sent, failure, event] = [[], undefined, { tenantId: 'acme', videoId: 'v1', jobId: 'j1', eventId: 'e1' }];
  const replay = async (order: ReplayOrder): Promise<void> => {
    if (failure !== undefined) throw failure;
    sent.push(order);
  };
  const decode = async (): Promise<never> => {
    if (event instanceof StreamflixError) throw event;
    return event as never;
  };
  const { database } = own;
  const outbox = new OutboxRelay({ database, bus: new RecordingBus(), logger: createTestLogger() });
  ports = { database, outbox, bus: { replay, decode } };
});

let nextOffset = 0;
function letter(message: string, changes: Partial<DeadLetter> = {}): DeadLetter {
  nextOffset += 1;
  const code = changes.code ?? 'INTERNAL_ERROR';
  return {
    topic: 'video.uploaded',
    partition: 2,
    offset: String(nextOffset),
    publishedAt: new Date(1_000),
    group: 'ingest',
    code,
    message,
    signature: signatureOf({ code, message }),
    attempts: 3,
    firstSeen: new Date(2_000 + nextOffset),
    lastSeen: new Date(),
    key: Buffer.from('v1'),
    value: Buffer.from([0, 1, 255]),
    headers: [['x-own', Buffer.from([7, 0])]],
    replay: null,
    ...changes,
  };
}

const index = (...letters: DeadLetter[]) => indexDeadLetters(ports, letters);
const rows = () => own.database.query((db) => db.select().from(deadLetters).orderBy(deadLetters.firstSeenAt));
const states = async () => (await rows()).map(({ state }) => state);
const order = (selection: DeadLetterSelection, perSecond = 1_000) =>
  orderReplay(own.database, { tenantId: 'acme', selection, requestedBy: 'ann', perSecond });
const ofSignature = (message: string): DeadLetterSelection => ({ signature: letter(message).signature });

async function sendAll(): Promise<void> {
  await own.database.query((db) => db.update(deadLetters).set({ replayDueAt: sql`now()` }).where(sql`state = 'replayed'`));
  await sendDueReplays(ports, { limit: 10 });
}
/** The last replay of the only letter failed. */
async function failAgain(message: string): Promise<DeadLetter> {
  const { replay } = sent.at(-1) as ReplayOrder;
  const again = letter(message, { replay });
  await index(again);
  return again;
}

test('a letter is one row however often it is read, and two groups that failed at one message are two', async () => {
  const first = letter('it broke');
  await index(first, first);
  await index(first, { ...first, group: 'notify' });
  const found = await rows();
  expect(found.map(({ originGroup }) => originGroup).sort()).toEqual(['ingest', 'notify']);
  expect(found[0]).toMatchObject({
    ...{ kind: 'event', state: 'new', tenantId: 'acme', videoId: 'v1', jobId: 'j1', eventId: 'e1', attempts: 3 },
    ...{ originTopic: 'video.uploaded', originPartition: 2, originOffset: Number(first.offset), messageValue: first.value },
  });
  expect(headersOf(found[0] as never)).toEqual(first.headers);
});

test('what a letter holds never keeps it out of the index', async () => {
  event = { tenantId: 'Not A Tenant\0', videoId: '\0'.repeat(300), jobId: 7, eventId: `\ud800${'e'.repeat(300)}` };
  await index(letter('a\0b'.repeat(2_000), { group: 'g\0', headers: [['a\0', Buffer.from([0])]], key: null, value: null }));
  expect((await rows())[0]).toMatchObject({ tenantId: null, jobId: null, messageValue: null });
});

test("a letter waits for the registry rather than be nobody's", async () => {
  event = new StreamflixError('REGISTRY_UNAVAILABLE');
  await expect(index(letter('it broke'))).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  expect(await rows()).toEqual([]);
  await index(letter('no Avro', { code: 'MESSAGE_UNDECODABLE' }));
  expect(await states()).toEqual(['new']);
});

test('a preview changes nothing and says what an order then does', async () => {
  await index(letter('file 1 broke'), letter('file 2 broke'), letter('another fault'));
  const [first] = await rows();
  const selection = ofSignature('file 3 broke');
  await parkLetters(own.database, { tenantId: 'acme', selection: { ids: [first?.id ?? ''] }, requestedBy: 'ann' });
  const preview = await previewReplay(own.database, { tenantId: 'acme', selection });
  expect(preview).toEqual({ letters: 1, passedOver: { parked: 1 } });
  expect(await states()).toEqual(['parked', 'new', 'new']);
  const { actionId, ...ordered } = await order(selection);
  expect(ordered).toEqual(preview);
  expect(await states()).toEqual(['parked', 'replayed', 'new']);
  const actions = await own.database.query((db) => db.select().from(deadLetterActions).orderBy(deadLetterActions.createdAt));
  expect(actions).toMatchObject([
    { action: 'park', requestedBy: 'ann', letters: 1, selection: { ids: [first?.id] } },
    { id: actionId, action: 'replay', requestedBy: 'ann', tenantId: 'acme', letters: 1, selection, perSecond: 1_000 },
  ]);
});

test('a replay sends the original bytes, key and headers to the group that failed, once', async () => {
  const original = letter('it broke');
  await index(original);
  await order(ofSignature('it broke'));
  expect(await sendDueReplays(ports, { limit: 10 })).toBe(1);
  expect(await sendDueReplays(ports, { limit: 10 })).toBe(0);
  const { topic, partition, key, value, headers } = original;
  const [row] = await rows();
  expect(sent).toEqual([{ topic, partition, key, value, headers, replay: { letterId: row?.id, number: 1, group: 'ingest' } }]);
});

test('the letters of a group are sent oldest first, one after the other at the rate asked for', async () => {
  await index(letter('file 1 broke'), letter('file 2 broke'), letter('file 3 broke'));
  await order(ofSignature('file 1 broke'), 0.5);
  const dues = (await rows()).map(({ replayDueAt }) => Number(replayDueAt));
  expect(dues.map((due) => due - (dues[0] ?? 0))).toEqual([0, 2_000, 4_000]);
  expect(await sendDueReplays(ports, { limit: 10 })).toBe(1);
});

test('a replay that fails for the same reason is parked; a group replay passes over it, one by its id does not', async () => {
  await index(letter('file 1 broke'));
  const [row] = await rows();
  await order(ofSignature('file 1 broke'));
  await sendAll();
  const again = await failAgain('file 2 broke');
  expect((await rows())[0]).toMatchObject({ state: 'parked', attempts: 6, lastSeenAt: again.lastSeen });
  expect(await order(ofSignature('file 1 broke'))).toMatchObject({ letters: 0, passedOver: { parked: 1 } });
  expect(await order({ ids: [row?.id ?? ''] })).toMatchObject({ letters: 1, passedOver: {} });
  await sendAll();
  expect(sent.map(({ replay }) => replay.number)).toEqual([1, 2]);
  await resolveReplayed(own.database, sent[1]?.replay as never);
  expect(await states()).toEqual(['resolved']);
});

test('a replay that fails for another reason is a new fault, and told once', async () => {
  await index(letter('it broke'));
  await order(ofSignature('it broke'));
  await sendAll();
  const again = await failAgain('the disk is full');
  await index(again);
  expect(await rows()).toMatchObject([{ state: 'new', message: 'the disk is full', signature: again.signature, attempts: 6 }]);
});

test('an old failure does not end the replay that is under way', async () => {
  await index(letter('it broke'));
  await order(ofSignature('it broke'));
  await sendAll();
  const again = await failAgain('it broke');
  await order({ ids: [(await rows())[0]?.id ?? ''] });
  await index(again);
  expect(await states()).toEqual(['replayed']);
});

test('only the group that failed resolves a letter', async () => {
  await index(letter('it broke'));
  await order(ofSignature('it broke'));
  await sendAll();
  const { replay } = sent[0] as ReplayOrder;
  await resolveReplayed(own.database, { ...replay, group: 'notify' });
  expect(await states()).toEqual(['replayed']);
});

test('while Kafka is away a replay waits; what Kafka refuses is parked and says why', async () => {
  await index(letter('it broke'));
  await order(ofSignature('it broke'));
  failure = new StreamflixError('BUS_UNAVAILABLE');
  await expect(sendDueReplays(ports, { limit: 10 })).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
  expect(await rows()).toMatchObject([{ state: 'replayed', replaySentAt: null, replaySends: 0 }]);
  failure = new StreamflixError('EVENT_INVALID', { message: 'Kafka refuses the message: MESSAGE_TOO_LARGE' });
  await sendDueReplays(ports, { limit: 10 });
  expect(await rows()).toMatchObject([{ state: 'parked', message: expect.stringContaining('MESSAGE_TOO_LARGE') }]);
});

test('a replay without an outcome is sent again, under the same number, three times at most', async () => {
  await index(letter('it broke'));
  await order(ofSignature('it broke'));
  for (let round = 0; round < 5; round += 1) {
    await sendDueReplays(ports, { limit: 10 });
    await own.database.query((db) => db.update(deadLetters).set({ replaySentAt: sql`now() - interval '6 minutes'` }));
  }
  expect(sent.map(({ replay }) => replay.number)).toEqual([1, 1, 1]);
});

test('an event whose handler failed is let through when it comes again, one that was handled is not handled twice', async () => {
  const eventId = uuidv7();
  const handle = (breaks: boolean) =>
    inTransaction(ports, async (unit) => {
      const isNew = await receiveOnce(unit, 'ingest', eventId);
      if (breaks) throw new StreamflixError('INTERNAL_ERROR');
      return isNew;
    });
  await expect(handle(true)).rejects.toThrow();
  expect(await handle(false)).toBe(true);
  expect(await handle(false)).toBe(false);
});

test('a tenant sees, replays and parks its own letters and those of nobody, and no others', async () => {
  await index(letter('it broke'));
  event = { tenantId: 'globex' };
  await index(letter('it broke'));
  await index(letter('it broke', { code: 'MESSAGE_UNDECODABLE' }));
  const foreign = (await rows())[1]?.id ?? '';
  const seen = await listLetters(own.database, 'acme', { limit: 10 });
  expect(seen.map(({ tenantId }) => tenantId)).toEqual([null, 'acme']);
  expect(await findLetter(own.database, 'acme', foreign)).toBeNull();
  expect(await order({ ids: [foreign] })).toMatchObject({ letters: 0, passedOver: {} });
  const park = { tenantId: 'acme', requestedBy: 'ann' };
  expect(await parkLetters(own.database, { ...park, selection: { ids: [foreign] } })).toMatchObject({ letters: 0 });
  expect((await groupLetters(own.database, 'acme', {})).reduce((sum, { total }) => sum + total, 0)).toBe(2);
});

test('groups count letters by fault, largest first, and filters apply', async () => {
  await index(
    letter('file 1 broke'),
    letter('file 2 broke'),
    letter('another fault', { topic: 'video.failed', group: 'notify' }),
  );
  await order({ ids: [(await rows())[0]?.id ?? ''] });
  expect(await groupLetters(own.database, 'acme', {})).toMatchObject([
    {
      total: 2,
      states: { new: 1, replayed: 1 },
      from: ['video.uploaded'],
      code: 'INTERNAL_ERROR',
      firstSeenAt: expect.any(Date),
    },
    { total: 1, states: { new: 1 }, from: ['video.failed'], message: 'another fault' },
  ]);
  expect(await groupLetters(own.database, 'acme', { topic: 'video.failed' })).toHaveLength(1);
  expect(await listLetters(own.database, 'acme', { state: 'replayed', limit: 10 })).toHaveLength(1);
  expect(await listLetters(own.database, 'acme', { ...ofSignature('file 9 broke'), limit: 10 })).toHaveLength(2);
  expect(await countOpenLetters(own.database)).toContainEqual({ kind: 'event', state: 'new', count: 2 });
  expect(await countOpenLetters(own.database)).toContainEqual({ kind: 'task', state: 'parked', count: 0 });
});

test('pages neither repeat nor leave out a letter', async () => {
  await index(...Array.from({ length: 7 }, (_, number) => letter(`fault ${number}`)));
  const seen: string[] = [];
  for (let before: { createdAt: Date; id: string } | undefined; ; ) {
    const page = await listLetters(own.database, 'acme', { limit: 3, before });
    seen.push(...page.map(({ id }) => id));
    before = page.at(-1);
    if (before === undefined) break;
  }
  expect(new Set(seen).size).toBe(7);
  expect(seen).toHaveLength(7);
});

test('letters older than Kafka keeps them are forgotten', async () => {
  await index(letter('old', { lastSeen: new Date(Date.now() - 91 * 86_400_000) }), letter('young'));
  await forgetOldLetters(own.database, { days: 90 });
  expect((await rows()).map(({ message }) => message)).toEqual(['young']);
});
