import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { profileSchema, type VideoUploaded } from '@streamflix/contracts';
import { putProfile, schema } from '@streamflix/infra/database';
import type { Platform } from '@streamflix/infra/processor';
import { openStorage, type StorageProvider } from '@streamflix/infra/storage';
import { createTestDatabase, RecordingBus, type TestDatabase } from '@streamflix/infra/testkit';
import { OutboxRelay, submitUpload } from '@streamflix/infra/work';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { takeInUpload } from './take-in-upload.ts';

const maxUploadBytes = 1_000;
let test_: TestDatabase;
let dir: string;
let storage: StorageProvider;
let platform: Platform;

beforeAll(async () => {
  test_ = await createTestDatabase();
  dir = await mkdtemp(join(tmpdir(), 'ingest-'));
  const config = {
    storage: { driver: 'local', dir, bucket: 'own', sourceBuckets: ['own'] },
    sources: { maxBytes: maxUploadBytes },
    tenants: { maxQueuedJobs: 3, maxPriority: 5 },
  };
  storage = openStorage(config.storage as Platform['config']['storage']);
  const { database } = test_;
  platform = {
    service: 'ingest',
    instance: 'ingest-1',
    config,
    database,
    storage,
    locks: { acquire: async () => 'unavailable' },
    outbox: new OutboxRelay({ database, bus: new RecordingBus(), logger: console as never }),
  } as unknown as Platform;
});
afterAll(async () => {
  await test_.drop();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(async () => {
  await test_.database.query(async (db) => {
    await db.delete(schema.jobs);
    await db.delete(schema.inbox);
    await db.delete(schema.outbox);
  });
  await put('in/film.mp4', 'a film');
});

const put = (key: string, text: string) => storage.write({ key }, Buffer.from(text));
const upload = (changes: Partial<VideoUploaded> = {}): VideoUploaded => ({
  eventId: 'event-1',
  occurredAt: 0,
  tenantId: 'acme',
  videoId: 'v1',
  sourceBucket: 'own',
  sourceKey: 'in/film.mp4',
  filename: null,
  contentType: null,
  sizeBytes: null,
  checksumSha256: null,
  profile: null,
  priority: 5,
  webhookUrl: null,
  deadlineAt: null,
  metadata: {},
  ...changes,
});
const takeIn = (event: VideoUploaded) => takeInUpload(platform, event, new AbortController().signal);
const listJobs = () => test_.database.query((db) => db.select().from(schema.jobs));
const listTasks = () => test_.database.query((db) => db.select().from(schema.tasks));

/** As the gateway does it for an object that lies in the store. Returns the job's id and the event that it told. */
async function submit(): Promise<{ jobId: string; event: VideoUploaded }> {
  const info = await storage.head({ key: 'in/film.mp4' });
  const { eventId: _, occurredAt: __, ...fields } = upload();
  const { jobId } = await submitUpload(platform, { ...fields, sourceEtag: info?.etag ?? '' });
  const [row] = await test_.database.query((db) => db.select().from(schema.outbox));
  return { jobId, event: row?.value as unknown as VideoUploaded };
}

test('the event of a submitted job takes up that job', async () => {
  const { jobId, event } = await submit();
  await takeIn(event);
  expect((await listJobs()).map(({ id, state }) => [id, state])).toEqual([[jobId, 'pending']]);
  expect((await listTasks()).map((task) => task.jobId)).toEqual([jobId]);
});

test('a submitted job whose source was overwritten before its event came is failed as that', async () => {
  const { jobId, event } = await submit();
  await put('in/film.mp4', 'another film');
  await takeIn(event);
  expect((await listJobs()).map(({ id, errorCode }) => [id, errorCode])).toEqual([[jobId, 'SOURCE_CHANGED']]);
});

test('a submitted job whose source was deleted before its event came is failed as that', async () => {
  const { jobId, event } = await submit();
  await storage.deletePrefix('in/');
  await takeIn(event);
  expect((await listJobs()).map(({ id, errorCode }) => [id, errorCode])).toEqual([[jobId, 'SOURCE_NOT_FOUND']]);
});

test('the same upload told again is the same job', async () => {
  for (const eventId of ['event-1', 'event-1', 'event-2']) await takeIn(upload({ eventId }));
  expect(await listJobs()).toHaveLength(1);
  expect(await listTasks()).toHaveLength(1);
});

test('tenants and videos may use the same event ids', async () => {
  await takeIn(upload());
  await takeIn(upload({ tenantId: 'globex' }));
  await takeIn(upload({ videoId: 'v2' }));
  expect(await listJobs()).toHaveLength(3);
});

test.each([
  ['a key that the store refuses', { sourceKey: 'in/./film.mp4' }, 'SOURCE_FORBIDDEN'],
  ["another tenant's folder", { sourceKey: 'tenants/globex/videos/v/source/film.mp4' }, 'SOURCE_FORBIDDEN'],
  ['a key where nothing lies', { sourceKey: 'in/nothing.mp4' }, 'SOURCE_NOT_FOUND'],
])('an upload that names %s ends in an outcome', async (_, changes, code) => {
  await takeIn(upload(changes));
  expect((await listJobs()).map(({ state, errorCode }) => [state, errorCode])).toEqual([['failed', code]]);
});

test('an upload of a tenant that has its fill of unfinished jobs ends in an outcome that says so, and may be tried again', async () => {
  for (const videoId of ['v1', 'v2', 'v3', 'v4', 'v1'])
    await takeIn(upload({ videoId, eventId: `event-${videoId}-${Math.random()}` }));
  await takeIn(upload({ tenantId: 'globex' }));
  const refused = (await listJobs()).filter(({ state }) => state === 'failed');
  expect(refused.map(({ videoId, errorCode, outcome }) => [videoId, errorCode, outcome?.retriable])).toEqual([
    ['v4', 'QUOTA_EXCEEDED', true],
  ]);
  expect(await listTasks()).toHaveLength(4);
});

test('a priority that the tenant may not have is lowered, whoever told of the upload', async () => {
  await takeIn(upload({ priority: 10 }));
  expect((await listJobs()).map(({ priority, requestedPriority }) => [priority, requestedPriority])).toEqual([[5, 10]]);
  expect((await listTasks()).map(({ rank }) => rank)).toEqual([5]);
});

test('a source that is larger than the platform takes is refused before anybody fetches it', async () => {
  await put('in/film.mp4', 'x'.repeat(maxUploadBytes + 1));
  await takeIn(upload());
  expect((await listJobs()).map(({ errorCode }) => errorCode)).toEqual(['SOURCE_TOO_LARGE']);
});

test('an upload that names a profile nobody knows ends in an outcome, before its source is fetched', async () => {
  await takeIn(upload({ profile: 'none' }));
  expect((await listJobs()).map(({ errorCode }) => errorCode)).toEqual(['PROFILE_UNKNOWN']);
});

test("a source that is larger than its profile takes is refused, and one of the tenant's own profiles is found", async () => {
  await putProfile(test_.database, 'acme', 'short', profileSchema.parse({ limits: { maxBytes: 5 } }));
  await takeIn(upload({ profile: 'short' }));
  await takeIn(upload({ videoId: 'v2' }));
  expect((await listJobs()).map(({ videoId, errorCode }) => [videoId, errorCode]).toSorted()).toEqual([
    ['v1', 'SOURCE_TOO_LARGE'],
    ['v2', null],
  ]);
});

const unlikely = Array.from({ length: 4_000 }, (_, index) => String.fromCodePoint(0x4e00 + ((index * 7919) % 20_000))).join('');

test.each<[string, Partial<VideoUploaded>]>([
  ['a zero byte in the file name', { filename: 'a\0b' }],
  ['a zero byte in the metadata', { metadata: { title: 'a\0b' } }],
  ['a deadline that no calendar knows', { deadlineAt: 9e17 }],
  ['a bucket whose name is longer than a book', { sourceBucket: unlikely }],
  ['a key that is too long in bytes', { sourceKey: unlikely.slice(0, 1_000) }],
])('an upload with %s is refused as what it is, not tried again and again', async (_, changes) => {
  await expect(takeIn(upload(changes))).rejects.toMatchObject({ code: 'EVENT_INVALID' });
});
