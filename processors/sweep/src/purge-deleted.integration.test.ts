import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { objectKeys } from '@streamflix/contracts';
import { schema } from '@streamflix/infra/database';
import type { Platform } from '@streamflix/infra/processor';
import { openStorage, type StorageProvider } from '@streamflix/infra/storage';
import { createTestDatabase, type TestDatabase } from '@streamflix/infra/testkit';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { purgeDeletedJobs } from './purge-deleted.ts';

const deleted = '018f0000-0000-7000-8000-000000000001';
const other = '018f0000-0000-7000-8000-000000000002';
const upload = objectKeys.source('acme', 'v', '018f0000-0000-7000-8000-00000000000a/film.mp4');
let own: TestDatabase;
let dir: string;
let storage: StorageProvider;
let platform: Platform;

beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.drop());
beforeEach(async () => {
  await own.database.query((db) => db.delete(schema.jobs));
  dir = await mkdtemp(join(tmpdir(), 'purge-'));
  storage = openStorage({ driver: 'local', dir, bucket: 'own' } as Platform['config']['storage']);
  platform = { database: own.database, storage, config: { storage: { bucket: 'own' } } } as unknown as Platform;
  return () => rm(dir, { recursive: true, force: true });
});

const hourAgo = new Date(Date.now() - 3_600_000);
const job = {
  ...{
    id: deleted,
    tenantId: 'acme',
    videoId: 'v',
    sourceBucket: 'own',
    sourceKey: upload,
    sourceEtag: 'e',
    state: 'completed' as const,
  },
  ...{ outcome: { a: 1 }, metadata: { title: 'secret' }, filename: 'secret.mp4', webhookUrl: 'https://secret.example' },
  ...{ packageVersion: 1, finishedAt: hourAgo, deletedAt: new Date() },
};
type JobInsert = typeof schema.jobs.$inferInsert;

async function add(...jobs: JobInsert[]): Promise<void> {
  await own.database.query((db) => db.insert(schema.jobs).values(jobs));
  const files = [
    `${objectKeys.packagePrefix('acme', deleted, 1)}master.m3u8`,
    objectKeys.taskPrefix('acme', deleted, 't', 1),
    upload,
    objectKeys.source('acme', 'v', '018f0000-0000-7000-8000-00000000000b/film.mp4'),
    `${objectKeys.packagePrefix('acme', other, 1)}master.m3u8`,
  ];
  for (const key of files) await storage.write({ key: key.endsWith('/') ? `${key}chunk` : key }, Buffer.from('x'));
}

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of storage.list('tenants/')) found.push(key);
  return found;
}

const purge = () => purgeDeletedJobs(platform, { keepSeconds: { completed: 60, cancelled: 600, failed: 3600 }, limit: 10 });
const rowOf = async (id: string) =>
  (await own.database.query((db) => db.select().from(schema.jobs).where(eq(schema.jobs.id, id))))[0];

test('package, work and upload go, the files of others stay, and the row forgets what its owner said', async () => {
  await add(job);
  expect(await purge()).toBe(1);
  expect((await keys()).toSorted()).toEqual(
    [
      `${objectKeys.packagePrefix('acme', other, 1)}master.m3u8`,
      objectKeys.source('acme', 'v', '018f0000-0000-7000-8000-00000000000b/film.mp4'),
    ].toSorted(),
  );
  const row = await rowOf(deleted);
  expect(row).toMatchObject({
    sourceKey: upload,
    state: 'completed',
    outcome: {},
    metadata: {},
    filename: null,
    webhookUrl: null,
    plan: null,
  });
  expect(row?.purgedAt).not.toBeNull();
  expect(await own.database.query((db) => db.select().from(schema.jobMetadata))).toEqual([]);
  expect(await purge()).toBe(0);
});

test('what a crash in the middle left is deleted by the next run', async () => {
  await add(job);
  const broken = { ...platform, storage: { ...storage, deletePrefix: breakingAfter(1) } } as unknown as Platform;
  await expect(
    purgeDeletedJobs(broken, { keepSeconds: { completed: 60, cancelled: 600, failed: 3600 }, limit: 10 }),
  ).rejects.toThrow('crash');
  expect((await rowOf(deleted))?.purgedAt).toBeNull();
  expect((await keys()).some((key) => key === upload)).toBe(true);
  expect(await purge()).toBe(1);
  expect((await keys()).some((key) => key === upload || key.includes(deleted))).toBe(false);
});

function breakingAfter(times: number): StorageProvider['deletePrefix'] {
  let left = times;
  return (prefix) => {
    left -= 1;
    if (left < 0) throw new Error('crash');
    return storage.deletePrefix(prefix);
  };
}

test('an upload that another job was made of stays, and goes with the last of them', async () => {
  await add(job, { ...job, id: other, videoId: 'another', deletedAt: null });
  await purge();
  expect(await keys()).toContain(upload);
});

test.each([
  ['a source outside the uploads', { sourceKey: 'incoming/film.mp4' }],
  ['a source of another bucket', { sourceBucket: 'theirs' }],
  ['a source that lies beside the uploads', { sourceKey: objectKeys.source('acme', 'v', 'film.mp4') }],
  ['a source deeper than an upload', { sourceKey: objectKeys.source('acme', 'v', 'a/b/film.mp4') }],
])('%s is its owner’s and stays', async (_, changes) => {
  await add({ ...job, ...changes });
  const { sourceKey = upload } = changes as { sourceKey?: string };
  await storage.write({ key: sourceKey }, Buffer.from('x'));
  expect(await purge()).toBe(1);
  expect(await keys()).toEqual(expect.arrayContaining([upload, ...(sourceKey.startsWith('tenants/') ? [sourceKey] : [])]));
});

test.each([
  ['a worker may still be writing', { finishedAt: new Date() }, undefined],
  ['its outcome is not told yet', {}, 'retrying' as const],
  ['nobody deleted it', { deletedAt: null }, undefined],
])('nothing is deleted while %s', async (_, changes, taskState) => {
  await add({ ...job, ...changes });
  if (taskState !== undefined)
    await own.database.query((db) =>
      db.insert(schema.tasks).values({
        ...{ id: other, jobId: deleted, tenantId: 'acme', pool: 'notify', kind: 'probe', name: 'webhook', state: taskState },
        spec: { kind: 'probe' },
      }),
    );
  expect(await purge()).toBe(0);
  expect(await keys()).toHaveLength(5);
});
