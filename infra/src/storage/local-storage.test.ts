import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLocalStorage } from './local-storage.ts';
import { describeStorage } from './testkit/conformance.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'local-storage-'));
});
afterAll(() => rm(dir, { recursive: true }));

describeStorage('the local-folder store', async () => {
  const storage = openLocalStorage({ dir, bucket: 'streamflix' });
  const incoming = join(dir, '.incoming');
  return {
    storage,
    listLeftovers: () => readdir(incoming),
    abandonUpload: () => writeFile(join(incoming, 'abandoned'), 'half'),
    close: () => storage.close(),
  };
});

test('a link inside the bucket leads nowhere', async () => {
  const storage = openLocalStorage({ dir, bucket: 'links' });
  await storage.ensureBucket();
  await writeFile(join(dir, 'secret'), 'secret');
  await symlink(join(dir, 'secret'), join(dir, 'links', 'file'));
  await symlink(dir, join(dir, 'links', 'folder'));
  for (const key of ['file', 'folder/secret']) {
    await expect(storage.read({ key })).rejects.toMatchObject({ code: 'SOURCE_FORBIDDEN' });
    await expect(storage.head({ key })).rejects.toMatchObject({ code: 'SOURCE_FORBIDDEN' });
  }
  await expect(storage.write({ key: 'folder/new' }, Buffer.from('x'))).rejects.toMatchObject({ code: 'SOURCE_FORBIDDEN' });
});

test('a file put or changed by hand gets the ETag of its bytes', async () => {
  const storage = openLocalStorage({ dir, bucket: 'by-hand' });
  const written = await storage.write({ key: 'a' }, Buffer.from('one'));
  await writeFile(join(dir, 'by-hand', 'a'), 'two');
  const changed = await storage.head({ key: 'a' });
  expect(changed?.etag).not.toBe(written.etag);
  expect(changed?.etag).toBe((await storage.write({ key: 'b' }, Buffer.from('two'))).etag);
});

test('a store whose folder is away fails its check', async () => {
  await expect(openLocalStorage({ dir, bucket: 'never-made' }).check()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});
