import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Transaction } from '../database/index.ts';
import { createTestDatabase, type TestDatabase } from '../testkit/index.ts';
import { type JobChange, type Place, readChanges, readPlace } from './index.ts';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.drop());
beforeEach(() => own.database.query((db) => db.execute(sql`truncate jobs cascade`)));

const acme = { tenantId: 'acme' };

/** Makes a job, or moves one. */
async function insertJob(db: Pick<Transaction, 'execute'>, tenantId = 'acme'): Promise<string> {
  const id = randomUUID();
  await db.execute(sql`insert into jobs (id, tenant_id, video_id, source_bucket, source_key, source_etag)
    values (${id}, ${tenantId}, ${id}, 'b', 'k', 'e')`);
  return id;
}
const moveJob = (db: Pick<Transaction, 'execute'>, id: string, state: string) =>
  db.execute(sql`update jobs set state = ${state} where id = ${id}`);

const query = <T>(run: (db: Pick<Transaction, 'execute'>) => Promise<T>): Promise<T> => own.database.query(run);

async function readAll(
  from: Place,
  limit = 100,
  of: { tenantId: string; jobId?: string } = acme,
): Promise<{ seen: JobChange[]; place: Place }> {
  const seen: JobChange[] = [];
  let place = from;
  for (;;) {
    const read = await readChanges(own.database, of, place, limit);
    if (read === null) throw new Error('the place is lost');
    seen.push(...read.changes);
    place = read.place;
    if (!read.hasMore) return { seen, place };
  }
}
const told = (changes: JobChange[]) => changes.map(({ jobId, fromState, state }) => [jobId, fromState, state]);

test('every state of a job is told, in its order, and to nobody else', async () => {
  const place = await readPlace(own.database, acme);
  const id = await query((db) => insertJob(db));
  await query((db) => insertJob(db, 'globex'));
  for (const state of ['assigned', 'transcoding', 'transcoding', 'retrying']) await query((db) => moveJob(db, id, state));
  const { seen } = await readAll(place);
  expect(told(seen)).toEqual([
    [id, null, 'pending'],
    [id, 'pending', 'assigned'],
    [id, 'assigned', 'transcoding'],
    [id, 'transcoding', 'retrying'],
  ]);
});

test('what commits late under an early number is not missed, and nothing is told twice', async () => {
  const start = await readPlace(own.database, acme);
  const held = Promise.withResolvers<void>();
  const inserted = Promise.withResolvers<string>();
  const slow = own.database.transaction(async (db) => {
    inserted.resolve(await insertJob(db));
    await held.promise;
  });
  const late = await inserted.promise;
  const early = await query((db) => insertJob(db));
  const first = await readAll(start);
  expect(told(first.seen)).toEqual([[early, null, 'pending']]);
  held.resolve();
  await slow;
  const second = await readAll(first.place);
  expect(told(second.seen)).toEqual([[late, null, 'pending']]);
  expect((await readAll(second.place)).seen).toEqual([]);
});

test('of a job whose changes were written by transactions that began the other way round, the order is that of the job', async () => {
  const id = await query((db) => insertJob(db));
  const start = await readPlace(own.database, acme);
  const moved = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const older = own.database.transaction(async (db) => {
    await insertJob(db, 'globex');
    begun.resolve();
    await moved.promise;
    await moveJob(db, id, 'transcoding');
  });
  await begun.promise;
  await query((db) => moveJob(db, id, 'assigned'));
  moved.resolve();
  await older;
  expect((await readAll(start)).seen.map(({ state }) => state)).toEqual(['assigned', 'transcoding']);
});

test('whoever goes on from any place in the middle, by any number at a time, sees the rest and nothing else', async () => {
  const start = await readPlace(own.database, acme);
  for (let number = 0; number < 7; number += 1) await query((db) => insertJob(db));
  const { seen } = await readAll(start);
  await query((db) => insertJob(db));
  const whole = (await readAll(start)).seen.map(({ jobId }) => jobId);
  for (const limit of [1, 2, 3, 100]) {
    for (const [index, { place }] of (await readAll(start, limit)).seen.entries()) {
      expect((await readAll(place, limit)).seen.map(({ jobId }) => jobId)).toEqual(whole.slice(index + 1));
    }
  }
  // Places of a read before the last job came.
  for (const [index, { place }] of seen.entries()) {
    expect((await readAll(place, 2)).seen.map(({ jobId }) => jobId)).toEqual(whole.slice(index + 1));
  }
});

test('while many write at once, a reader sees each change once and those of one job in order', async () => {
  const start = await readPlace(own.database, acme);
  const states = ['assigned', 'transcoding', 'completing', 'retrying'];
  let isDone = false;
  const writing = Promise.all(
    Array.from({ length: 6 }, async (_, writer) => {
      for (let number = 0; number < 10; number += 1) {
        await own.database.transaction(async (db) => {
          const id = await insertJob(db);
          if (writer % 2 === 0) await db.execute(sql`select pg_sleep(${(writer * number) / 1000})`);
          await moveJob(db, id, 'assigned');
        });
        const id = await query((db) => insertJob(db));
        for (const state of states) await query((db) => moveJob(db, id, state));
      }
    }),
  ).then(() => {
    isDone = true;
  });
  const seen: JobChange[] = [];
  let place = start;
  for (let isLast = false; !isLast; ) {
    isLast = isDone;
    const read = await readAll(place, 7);
    seen.push(...read.seen);
    place = read.place;
  }
  await writing;
  expect(seen).toHaveLength(6 * 10 * (2 + 1 + states.length));
  for (const [, own] of Map.groupBy(seen, ({ jobId }) => jobId)) {
    expect(own.map(({ fromState }) => fromState)).toEqual([null, ...own.slice(0, -1).map(({ state }) => state)]);
  }
});

test('one job is read by itself', async () => {
  const start = await readPlace(own.database, acme);
  const [first] = [await query((db) => insertJob(db)), await query((db) => insertJob(db))];
  expect(told((await readAll(start, 100, { ...acme, jobId: String(first) })).seen)).toEqual([[first, null, 'pending']]);
});

test('a place of too long ago or of another database is lost', async () => {
  const place = await readPlace(own.database, acme);
  expect(await readChanges(own.database, acme, { ...place, at: place.at - 3601 }, 10)).toBeNull();
  expect(await readChanges(own.database, acme, { ...place, seen: '1:900000000000000:' }, 10)).toBeNull();
});
