import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { objectKeys, type SourceOrigin, type VideoUploaded } from '@streamflix/contracts';
import { schema } from '@streamflix/infra/database';
import type { Platform, TaskContext } from '@streamflix/infra/processor';
import { openStorage, type StorageProvider } from '@streamflix/infra/storage';
import { createTestDatabase, RecordingBus, type TestDatabase } from '@streamflix/infra/testkit';
import {
  cancelJob,
  claimTask,
  finishTask,
  inTransaction,
  lockJob,
  OutboxRelay,
  retryJob,
  settleFailure,
  submitFetch,
} from '@streamflix/infra/work';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { fetchTask } from './fetch-task.ts';
import { takeInUpload } from './take-in-upload.ts';

const film = 'a film';
let own: TestDatabase;
let dir: string;
let storage: StorageProvider;
let platform: Platform;
const servers: Server[] = [];

beforeAll(async () => {
  own = await createTestDatabase();
  dir = await mkdtemp(join(tmpdir(), 'ingest-'));
  await mkdir(join(dir, 'media/acme'), { recursive: true });
  await writeFile(join(dir, 'media/acme/film.mp4'), film);
  const config = {
    storage: { driver: 'local', dir: join(dir, 'store'), bucket: 'own', sourceBuckets: ['own'] },
    sources: { maxBytes: 1_000 },
    tenants: { maxQueuedJobs: 3, maxPriority: 5 },
    fetch: {
      folders: { media: join(dir, 'media'), mine: join(dir, 'media/{tenant}') },
      ...{ protocols: ['http:', 'https:'], ports: undefined, allowPrivate: true, maxMs: 60_000, minBytesPerSecond: 1 },
    },
  };
  storage = openStorage(config.storage as Platform['config']['storage']);
  await storage.ensureBucket();
  const { database } = own;
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
  await own.drop();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(() =>
  own.database.query(async (db) => {
    await db.delete(schema.jobs);
    await db.delete(schema.inbox);
    await db.delete(schema.outbox);
  }),
);
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/film.mp4?token=secret`;
}

let number = 0;
function submit(origin: SourceOrigin, profile: string | null = null): Promise<{ jobId: string }> {
  number += 1;
  const submission = {
    ...{ tenantId: 'acme', videoId: 'v1', sourceBucket: 'own', filename: 'Mein Film.mp4', contentType: null },
    ...{ checksumSha256: null, profile, priority: 5, webhookUrl: null, deadlineAt: null, metadata: { title: 'x' } },
    sourceKey: objectKeys.source('acme', 'v1', `${number}/film.mp4`),
  };
  return submitFetch(platform, { submission, origin, requestedBy: 'a key' });
}

const fromFolder: SourceOrigin = { kind: 'folder', folder: 'mine', path: 'film.mp4' };
const jobOf = async (jobId: string) => {
  const rows = await own.database.query((db) => db.select().from(schema.jobs));
  return rows.find(({ id }) => id === jobId);
};
const events = async (topic: string) =>
  (await own.database.query((db) => db.select().from(schema.outbox))).filter((row) => row.topic === topic);
async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of storage.list('tenants/acme/')) found.push(key);
  return found;
}

/** What the harness does with a claimed task, in short. */
async function runNext(): Promise<void> {
  const claimed = await claimTask(platform, { pool: 'ingest', worker: 'w', leaseMs: 60_000 });
  if (claimed === null) throw new Error('nothing to claim');
  const { task, job } = claimed;
  const context = {
    ...{ platform, job, task, signal: new AbortController().signal, report: () => undefined },
    objectPrefix: objectKeys.fetchPrefix('acme', 'v1', task.id, task.epoch),
    step: (_name: string, run: () => Promise<unknown>) => run(),
  } as unknown as TaskContext;
  try {
    const { result, conclude } = await fetchTask(context);
    await inTransaction(platform, async (unit) => {
      const locked = await lockJob(unit, job.id);
      if (locked === null) throw new Error('no job');
      await finishTask(unit, { taskId: task.id, epoch: task.epoch }, result, 'w');
      await conclude?.(unit, locked);
    });
  } catch (error) {
    await settleFailure(platform, task, error as never, 'w');
  }
}

async function takeIn(): Promise<void> {
  const [row] = await events('video.uploaded');
  await takeInUpload(platform, { ...row?.value, occurredAt: 0 } as unknown as VideoUploaded, new AbortController().signal);
}

test('a job is there at once, and its workers are woken', async () => {
  const { jobId } = await submit(fromFolder);
  expect(await jobOf(jobId)).toMatchObject({ state: 'pending', sourceEtag: '', sizeBytes: null });
  expect((await events('job.control')).map(({ value }) => value)).toMatchObject([{ jobId, action: 'fetch' }]);
  expect(await events('video.uploaded')).toEqual([]);
});

test.each([
  ['a URL', async (): Promise<SourceOrigin> => ({ kind: 'url', url: await serve((_request, response) => response.end(film)) })],
  ['a folder', async (): Promise<SourceOrigin> => ({ kind: 'folder', folder: 'media', path: 'acme/film.mp4' })],
  ['a folder of its tenant', async (): Promise<SourceOrigin> => fromFolder],
])('what comes from %s lies in the store, and goes the way of every upload from there on', async (_name, originOf) => {
  const { jobId } = await submit(await originOf());
  await runNext();
  const job = await jobOf(jobId);
  expect(job).toMatchObject({
    sizeBytes: film.length,
    checksumSha256: createHash('sha256').update(film).digest('hex'),
    sourceKey: expect.stringMatching(/^tenants\/acme\/videos\/v1\/source\/[0-9a-f-]{36}\/e1\/Mein_Film\.mp4$/),
  });
  expect(await text(await storage.read({ key: job?.sourceKey ?? '' }, { ifMatch: job?.sourceEtag ?? '' }))).toBe(film);
  await takeIn();
  expect((await jobOf(jobId))?.state).toBe('pending');
  const tasks = await own.database.query((db) => db.select().from(schema.tasks));
  expect(tasks.map(({ name, state }) => [name, state]).toSorted()).toEqual([
    ['fetch', 'done'],
    ['probe', 'ready'],
  ]);
  expect((await events('job.created')).map(({ value }) => value)).toMatchObject([{ jobId, sourceKey: job?.sourceKey }]);
  await storage.deletePrefix('tenants/acme/');
});

test.each<[string, SourceOrigin, string]>([
  ['is not there', { ...fromFolder, path: 'none.mp4' }, 'SOURCE_NOT_FOUND'],
  ['lies in a folder nobody opened', { ...fromFolder, folder: 'constructor' }, 'SOURCE_FORBIDDEN'],
  ['lies outside of its folder', { ...fromFolder, path: '../film.mp4' }, 'SOURCE_FORBIDDEN'],
  ['is no address to fetch from', { kind: 'url', url: 'ftp://203.0.114.1/' }, 'SOURCE_URL_FORBIDDEN'],
])('a source that %s ends its job with that reason', async (_name, origin, code) => {
  const { jobId } = await submit(origin);
  await runNext();
  expect(await jobOf(jobId)).toMatchObject({ state: 'failed', errorCode: code, errorStage: 'ingest' });
  expect(await keys()).toEqual([]);
});

test('a server that is away is asked again later', async () => {
  let asked = 0;
  const url = await serve((_request, response) => {
    asked += 1;
    if (asked === 1) response.writeHead(503).end();
    else response.end(film);
  });
  const { jobId } = await submit({ kind: 'url', url });
  await runNext();
  expect((await jobOf(jobId))?.state).toBe('retrying');
  await own.database.query((db) => db.update(schema.tasks).set({ notBefore: null }));
  await runNext();
  expect((await jobOf(jobId))?.sizeBytes).toBe(film.length);
  await storage.deletePrefix('tenants/acme/');
});

test('what a killed worker had stored is gone when the source is here', async () => {
  await submit(fromFolder);
  const claimed = await claimTask(platform, { pool: 'ingest', worker: 'w', leaseMs: 60_000 });
  const { id = '', epoch = 0 } = claimed?.task ?? {};
  await storage.write({ key: `${objectKeys.fetchPrefix('acme', 'v1', id, epoch)}film.mp4` }, Buffer.from('half a film'));
  await own.database.query((db) => db.update(schema.tasks).set({ state: 'ready', leaseUntil: null }));
  await runNext();
  expect(await keys()).toEqual([expect.stringContaining(`/${id}/e2/`)]);
  await storage.deletePrefix('tenants/acme/');
});

test('a job that was cancelled before its source came can be retried, and fetches it then', async () => {
  const { jobId } = await submit(fromFolder);
  await cancelJob(platform, { tenantId: 'acme', jobId, requestedBy: 'somebody' });
  expect(await claimTask(platform, { pool: 'ingest', worker: 'w', leaseMs: 60_000 })).toBeNull();
  expect(await retryJob(platform, { tenantId: 'acme', jobId, requestedBy: 'somebody' })).toBe('retrying');
  await runNext();
  await takeIn();
  expect((await jobOf(jobId))?.sizeBytes).toBe(film.length);
  await storage.deletePrefix('tenants/acme/');
});

test('a job that was refused when its source was here does not fetch it again', async () => {
  const { jobId } = await submit(fromFolder, 'a-profile-of-yesterday');
  await runNext();
  await takeIn();
  expect(await jobOf(jobId)).toMatchObject({ state: 'failed', errorCode: 'PROFILE_UNKNOWN' });
  expect(await retryJob(platform, { tenantId: 'acme', jobId, requestedBy: 'somebody' })).toBe('retrying');
  const tasks = await own.database.query((db) => db.select().from(schema.tasks));
  expect(tasks.map(({ name, state }) => [name, state]).toSorted()).toEqual([
    ['fetch', 'done'],
    ['probe', 'ready'],
  ]);
  await storage.deletePrefix('tenants/acme/');
});
