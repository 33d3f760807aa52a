import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { StreamflixError } from '@streamflix/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { downloadToFile } from './download.ts';
import { openLocalStorage } from './local-storage.ts';
import type { StorageProvider } from './storage.ts';

const body = randomBytes(1_000_000);
let dir: string;
let storage: StorageProvider;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'download-'));
  storage = openLocalStorage({ dir: join(dir, 'store'), bucket: 'streamflix' });
  await storage.write({ key: 'a' }, body);
});
afterAll(() => rm(dir, { recursive: true }));

/** A store whose connections break after so many bytes each. */
function flaky(bytesPerConnection: number): { storage: StorageProvider; starts: number[] } {
  const starts: number[] = [];
  const read: StorageProvider['read'] = async (ref, options = {}) => {
    starts.push(options.range?.start ?? 0);
    const whole = await storage.read(ref, options);
    async function* broken(): AsyncGenerator<Buffer> {
      let leftBytes = bytesPerConnection;
      for await (const chunk of whole) {
        if (chunk.length > leftBytes) {
          if (leftBytes > 0) yield chunk.subarray(0, leftBytes);
          throw new StreamflixError('STORE_UNAVAILABLE');
        }
        leftBytes -= chunk.length;
        yield chunk;
      }
    }
    return Readable.from(broken());
  };
  return { storage: { ...storage, read }, starts };
}

test('a download goes on where a connection broke', async () => {
  const { storage: breaking, starts } = flaky(300_000);
  const path = join(dir, 'resumed');
  await downloadToFile(breaking, { key: 'a' }, path);
  expect(body.equals(await readFile(path))).toBe(true);
  expect(starts).toEqual([0, 300_000, 600_000, 900_000]);
});

test('a store that sends nothing any more is given up, and nothing stays behind', async () => {
  const { storage: silent, starts } = flaky(0);
  await expect(downloadToFile(silent, { key: 'a' }, join(dir, 'never'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(starts).toHaveLength(3);
  expect((await readdir(dir)).filter((name) => name.startsWith('never'))).toEqual([]);
});

test('a source overwritten while it is fetched is not mixed with the earlier one', async () => {
  await storage.write({ key: 'changing' }, body);
  const { storage: breaking } = flaky(300_000);
  const onBytes = (receivedBytes: number) => (receivedBytes === 300_000 ? overwrite() : undefined);
  let overwritten: Promise<unknown> = Promise.resolve();
  const overwrite = () => {
    overwritten = storage.write({ key: 'changing' }, Buffer.from('another'));
  };
  const read: StorageProvider['read'] = async (ref, options) => {
    await overwritten;
    return breaking.read(ref, options);
  };
  const downloading = downloadToFile({ ...breaking, read }, { key: 'changing' }, join(dir, 'mixed'), { onBytes });
  await expect(downloading).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
});
