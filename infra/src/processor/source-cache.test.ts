import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { StreamflixError } from '@streamflix/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StorageProvider } from '../storage/index.ts';
import { SourceCache } from './source-cache.ts';

const job = { bucket: 'b', key: 'k', etag: 'e' };
const bytes = Buffer.from('a film');
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'source-cache-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Each read answers when the test says so; an aborted one takes its time to end, as a broken connection does. */
function slowStorage() {
  const reads: PromiseWithResolvers<Readable>[] = [];
  const storage = {
    head: async () => ({ key: 'k', sizeBytes: bytes.length, etag: 'e', contentType: null, lastModified: new Date(0) }),
    read: () => {
      const read = Promise.withResolvers<Readable>();
      reads.push(read);
      return read.promise;
    },
  } as unknown as StorageProvider;
  return { storage, reads };
}

const open = (storage: StorageProvider) => new SourceCache({ storage, dir, limitBytes: 1_000 });
const filesBeingFetched = async () => (await readdir(dir, { recursive: true })).filter((name) => name.includes('.part-'));
const never = new AbortController().signal;

test('a source is fetched once for all the tasks that ask for it', async () => {
  const { storage, reads } = slowStorage();
  const cache = open(storage);
  const holds = [cache.hold(job, never), cache.hold(job, never)];
  await expect.poll(() => reads.length).toBe(1);
  reads[0]?.resolve(Readable.from([bytes]));
  const paths = await Promise.all(holds.map(async (hold) => (await hold).path));
  expect(new Set(paths).size).toBe(1);
});

test('a task that asks for a source while a fetch of it is given up gets it whole', async () => {
  const { storage, reads } = slowStorage();
  const cache = open(storage);
  const abort = new AbortController();
  const first = cache.hold(job, abort.signal);
  await expect.poll(() => reads.length).toBe(1);
  abort.abort(new StreamflixError('LEASE_LOST'));
  await expect(first).rejects.toMatchObject({ code: 'LEASE_LOST' });
  const second = cache.hold(job, never);
  await expect.poll(() => reads.length).toBe(2);
  reads[0]?.resolve(Readable.from([bytes]));
  await expect.poll(filesBeingFetched).toHaveLength(1);
  reads[1]?.resolve(Readable.from([bytes]));
  const { path } = await second;
  expect(await readFile(path)).toEqual(bytes);
});

test('tasks whose fetch failed do not take the file of a later one away', async () => {
  const { storage, reads } = slowStorage();
  const cache = open(storage);
  let later: ReturnType<SourceCache['hold']> | undefined;
  const failing = [cache.hold(job, never), cache.hold(job, never)].map((hold) =>
    hold.catch((error: StreamflixError) => {
      later ??= cache.hold(job, never);
      return error.code;
    }),
  );
  await expect.poll(() => reads.length).toBe(1);
  reads[0]?.reject(new StreamflixError('SOURCE_CHANGED'));
  expect(await Promise.all(failing)).toEqual(['SOURCE_CHANGED', 'SOURCE_CHANGED']);
  await expect.poll(() => reads.length).toBe(2);
  reads[1]?.resolve(Readable.from([bytes]));
  const held = await later;
  expect(await readFile(held?.path ?? '')).toEqual(bytes);
  const another = await cache.hold(job, never);
  expect(another.path).toBe(held?.path);
});
