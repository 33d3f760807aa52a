import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { objectKeys } from '@streamflix/contracts';
import { schema } from '@streamflix/infra/database';
import type { Platform } from '@streamflix/infra/processor';
import { openStorage, type StorageProvider } from '@streamflix/infra/storage';
import { createTestDatabase, type TestDatabase } from '@streamflix/infra/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { deleteLeftovers, forgetTold } from './clean-up.ts';

const ended = '018f0000-0000-7000-8000-000000000001';
const live = '018f0000-0000-7000-8000-000000000002';
let test_: TestDatabase;
let dir: string;
let storage: StorageProvider;
let platform: Platform;

beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.drop());
beforeEach(async () => {
  await test_.database.query((db) => db.delete(schema.jobs));
  dir = await mkdtemp(join(tmpdir(), 'clean-up-'));
  storage = openStorage({ driver: 'local', dir, bucket: 'own' } as Platform['config']['storage']);
  platform = { database: test_.database, storage } as unknown as Platform;
  return () => rm(dir, { recursive: true, force: true });
});

const source = { tenantId: 'acme', sourceBucket: 'own', sourceKey: 'k', sourceEtag: 'e' };
const hourAgo = new Date(Date.now() - 3_600_000);

const addJobs = (endedJob: Partial<typeof schema.jobs.$inferInsert>) =>
  test_.database.query((db) =>
    db.insert(schema.jobs).values([
      { ...source, id: ended, videoId: 'ended', finishedAt: hourAgo, outcome: {}, ...endedJob },
      { ...source, id: live, videoId: 'live', state: 'completing' },
    ]),
  );

/** Every job has files of a task and of three epochs of its package. */
async function fillStore(): Promise<void> {
  for (const job of [ended, live]) {
    const prefixes = [1, 2, 10].map((version) => objectKeys.packagePrefix('acme', job, version));
    for (const prefix of [objectKeys.taskPrefix('acme', job, 't', 1), ...prefixes])
      await storage.write({ key: `${prefix}file` }, Buffer.from('x'));
  }
}

async function keysOf(job: string): Promise<string[]> {
  const prefix = objectKeys.jobPrefix('acme', job);
  const keys: string[] = [];
  for await (const { key } of storage.list(prefix)) keys.push(key.slice(prefix.length));
  return keys;
}

const cleanUp = () => deleteLeftovers(platform, { keepSeconds: { completed: 60, cancelled: 60, failed: 3600 }, limit: 10 });

test('of a completed job the published package stays, and nothing else', async () => {
  await addJobs({ state: 'completed', packageVersion: 1 });
  await fillStore();
  expect(await cleanUp()).toBe(1);
  expect(await keysOf(ended)).toEqual(['package/v1/file']);
  expect(await keysOf(live)).toHaveLength(4);
});

test('of a job that failed nothing stays', async () => {
  await addJobs({ state: 'failed' });
  await fillStore();
  await cleanUp();
  expect(await keysOf(ended)).toEqual([]);
});

test('a job that ended a moment ago is left alone: a refused worker may still be writing', async () => {
  await addJobs({ state: 'failed', finishedAt: new Date() });
  await fillStore();
  expect(await cleanUp()).toBe(0);
  expect(await keysOf(ended)).toHaveLength(4);
});

test('a job whose folder cannot be deleted does not keep the others from being cleaned', async () => {
  await addJobs({ state: 'failed' });
  await test_.database.query((db) =>
    db.insert(schema.jobs).values({
      ...source,
      id: '018f0000-0000-7000-8000-000000000003',
      tenantId: '..',
      videoId: 'v',
      state: 'failed',
      outcome: {},
      finishedAt: new Date(0),
    }),
  );
  await fillStore();
  await expect(cleanUp()).rejects.toMatchObject({ code: 'SOURCE_FORBIDDEN' });
  expect(await keysOf(ended)).toEqual([]);
});

test('of events those are forgotten that were told long ago, and progress, which an earlier version kept', async () => {
  const long = new Date(Date.now() - 8 * 24 * 3_600_000);
  const event = { key: 'k', value: {}, headers: {} };
  await test_.database.query((db) =>
    db.insert(schema.outbox).values([
      { ...event, eventId: 'told long ago', topic: 'video.failed', confirmedAt: long },
      { ...event, eventId: 'told', topic: 'video.failed', confirmedAt: new Date() },
      { ...event, eventId: 'untold', topic: 'video.failed', createdAt: long },
      { ...event, eventId: 'a step', topic: 'job.progress' },
    ]),
  );
  await forgetTold(platform, { inboxDays: 31, outboxDays: 7 });
  const left = await test_.database.query((db) => db.select().from(schema.outbox));
  expect(left.map(({ eventId }) => eventId).toSorted()).toEqual(['told', 'untold']);
});
