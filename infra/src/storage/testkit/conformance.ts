import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { downloadToFile } from '../download.ts';
import type { StorageProvider } from '../storage.ts';
import { uploadFolder } from '../upload-folder.ts';

export interface Subject {
  storage: StorageProvider;
  /** What lies about in the store besides objects: unfinished uploads, temporary files. */
  listLeftovers(): Promise<string[]>;
  /** Begins to write an object and stops in the middle, as a killed process does. */
  abandonUpload(key: string): Promise<void>;
  close(): Promise<void>;
}

const mebibyte = 1024 * 1024;

async function keysOf(storage: StorageProvider, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list(prefix)) keys.push(key);
  return keys;
}

/** Bytes that come in uneven pieces, then an optional fault. */
async function* pieces(body: Buffer, fault?: Error): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += 777_777) yield body.subarray(at, at + 777_777);
  if (fault !== undefined) throw fault;
}

/** The facts every store must show. */
export function describeStorage(name: string, open: () => Promise<Subject>): void {
  describe(name, () => {
    let subject: Subject;
    let storage: StorageProvider;
    let scratch: string;
    const base = `conformance/${randomUUID()}/`;

    beforeAll(async () => {
      subject = await open();
      storage = subject.storage;
      scratch = await mkdtemp(join(tmpdir(), 'storage-'));
      await storage.ensureBucket();
    });
    afterAll(async () => {
      await storage.deletePrefix(base);
      await rm(scratch, { recursive: true });
      await subject.close();
    });

    test('what is written is read back whole, with its size, type and ETag', async () => {
      const body = randomBytes(300_000);
      const written = await storage.write({ key: `${base}a.mp4` }, body, { contentType: 'video/mp4' });
      expect(written).toMatchObject({ key: `${base}a.mp4`, sizeBytes: 300_000, contentType: 'video/mp4' });
      expect(written.etag).toMatch(/^[^"]+$/);
      expect(await storage.head({ key: `${base}a.mp4` })).toEqual(written);
      expect(body.equals(await buffer(await storage.read({ key: `${base}a.mp4` })))).toBe(true);
    });

    test('a stream of many parts, or pieces that are no stream, arrives whole and leaves nothing beside it', async () => {
      const body = randomBytes(21 * mebibyte + 5);
      for (const source of [Readable.from(pieces(body)), pieces(body)]) {
        const written = await storage.write({ key: `${base}large` }, source);
        expect(written.sizeBytes).toBe(body.length);
        expect(body.equals(await buffer(await storage.read({ key: `${base}large` })))).toBe(true);
      }
      expect(await subject.listLeftovers()).toEqual([]);
    });

    test.each([0, 5 * mebibyte, 12 * mebibyte + 7])(
      'a file of %i bytes arrives whole and stays where it is',
      async (sizeBytes) => {
        const body = randomBytes(sizeBytes);
        const file = join(scratch, `body-${sizeBytes}`);
        await writeFile(file, body);
        expect((await storage.write({ key: `${base}file` }, { file })).sizeBytes).toBe(sizeBytes);
        expect(body.equals(await buffer(await storage.read({ key: `${base}file` })))).toBe(true);
        expect(body.equals(await readFile(file))).toBe(true);
        expect(await subject.listLeftovers()).toEqual([]);
      },
    );

    test('a file whose writing is aborted makes no object and leaves nothing behind', async () => {
      const file = join(scratch, 'aborted');
      await writeFile(file, randomBytes(12 * mebibyte));
      const controller = new AbortController();
      const writing = storage.write({ key: `${base}aborted-file` }, { file }, { signal: controller.signal });
      controller.abort(new Error('enough'));
      await expect(writing).rejects.toThrow('enough');
      expect(await storage.head({ key: `${base}aborted-file` })).toBeNull();
      expect(await subject.listLeftovers()).toEqual([]);
    });

    test('a file that is not there makes no object', async () => {
      await expect(storage.write({ key: `${base}no-file` }, { file: join(scratch, 'absent') })).rejects.toThrow();
      expect(await storage.head({ key: `${base}no-file` })).toBeNull();
    });

    test('an empty body makes an empty object', async () => {
      expect((await storage.write({ key: `${base}empty` }, Readable.from([]))).sizeBytes).toBe(0);
      expect((await buffer(await storage.read({ key: `${base}empty` }))).length).toBe(0);
    });

    test('a range is inclusive at both ends, and open without an end', async () => {
      await storage.write({ key: `${base}range` }, Buffer.from('0123456789'));
      const text = async (range: { start: number; end?: number }) =>
        String(await buffer(await storage.read({ key: `${base}range` }, { range })));
      expect(await text({ start: 2, end: 4 })).toBe('234');
      expect(await text({ start: 7 })).toBe('789');
    });

    test('an object that is not there has no head and cannot be read', async () => {
      expect(await storage.head({ key: `${base}absent` })).toBeNull();
      await expect(storage.read({ key: `${base}absent` })).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
    });

    test('a bucket that is not there has no objects', async () => {
      expect(await storage.head({ bucket: 'no-such-bucket-here', key: 'x' })).toBeNull();
    });

    test('overwriting changes the ETag, and a reader of the earlier one is told', async () => {
      const before = await storage.write({ key: `${base}changing` }, Buffer.from('one'));
      const after = await storage.write({ key: `${base}changing` }, Buffer.from('two'));
      expect(after.etag).not.toBe(before.etag);
      await expect(storage.read({ key: `${base}changing` }, { ifMatch: before.etag })).rejects.toMatchObject({
        code: 'SOURCE_CHANGED',
      });
      expect(String(await buffer(await storage.read({ key: `${base}changing` }, { ifMatch: after.etag })))).toBe('two');
    });

    test('a body that breaks off leaves no object and no open upload', async () => {
      for (const sizeBytes of [1000, 20 * mebibyte]) {
        const broken = Readable.from(pieces(randomBytes(sizeBytes), new Error('the client went away')));
        await expect(storage.write({ key: `${base}broken` }, broken)).rejects.toThrow('the client went away');
        expect(await storage.head({ key: `${base}broken` })).toBeNull();
      }
      expect(await subject.listLeftovers()).toEqual([]);
    });

    test('an aborted write leaves no object and no open upload, and tells the reason', async () => {
      const controller = new AbortController();
      const reason = new Error('the job was cancelled');
      async function* endless(): AsyncGenerator<Buffer> {
        for (let sent = 0; ; sent += 1) {
          if (sent === 20) controller.abort(reason);
          yield randomBytes(mebibyte);
        }
      }
      const writing = storage.write({ key: `${base}aborted` }, Readable.from(endless()), { signal: controller.signal });
      await expect(writing).rejects.toBe(reason);
      expect(await storage.head({ key: `${base}aborted` })).toBeNull();
      expect(await subject.listLeftovers()).toEqual([]);
    });

    test('a write that waits for a silent body is ended by its signal', async () => {
      const controller = new AbortController();
      const silent = new Readable({ read: () => setImmediate(() => controller.abort(new Error('enough'))) });
      await expect(storage.write({ key: `${base}silent` }, silent, { signal: controller.signal })).rejects.toThrow('enough');
      expect(await storage.head({ key: `${base}silent` })).toBeNull();
    });

    test('an aborted read ends', async () => {
      const controller = new AbortController();
      await storage.write({ key: `${base}slow` }, randomBytes(4 * mebibyte));
      const body = await storage.read({ key: `${base}slow` }, { signal: controller.signal });
      controller.abort(new Error('enough'));
      await expect(buffer(body)).rejects.toThrow();
    });

    test('a list is of the prefix alone, in the order of the keys', async () => {
      const names = ['b/2', 'b/10', 'b.x', 'c', 'b/1/z'];
      for (const name of names) await storage.write({ key: `${base}list/${name}` }, Buffer.from(name));
      const expected = ['b.x', 'b/1/z', 'b/10', 'b/2', 'c'].map((name) => `${base}list/${name}`);
      expect(await keysOf(storage, `${base}list/`)).toEqual(expected);
      expect(await keysOf(storage, `${base}list/b/1`)).toEqual([`${base}list/b/1/z`, `${base}list/b/10`]);
      expect(await keysOf(storage, `${base}nothing/`)).toEqual([]);
    });

    test('deleting a prefix takes everything below it and no sibling', async () => {
      for (const key of ['d/1/x', 'd/1/y/z', 'd/10/x']) await storage.write({ key: base + key }, Buffer.from('x'));
      expect(await storage.deletePrefix(`${base}d/1/`)).toBe(2);
      expect(await keysOf(storage, `${base}d/`)).toEqual([`${base}d/10/x`]);
      expect(await storage.deletePrefix(`${base}d/1/`)).toBe(0);
      await expect(storage.deletePrefix('')).rejects.toThrow();
      await expect(storage.deletePrefix(`${base}d/1`)).rejects.toThrow();
    });

    test('the folders below a prefix are listed, and nothing deeper', async () => {
      for (const key of ['f/b/1/x', 'f/b/2', 'f/a10/x', 'f/a/x', 'f/file', 'g/x'])
        await storage.write({ key: base + key }, Buffer.from('x'));
      const folders: string[] = [];
      for await (const folder of storage.listFolders(`${base}f/`)) folders.push(folder.slice(base.length));
      expect(folders).toEqual(['f/a/', 'f/a10/', 'f/b/']);
      await expect(storage.listFolders(`${base}f`)[Symbol.asyncIterator]().next()).rejects.toThrow();
    });

    test('uploads that a dead process left are removed when they are old, and only then', async () => {
      await subject.abandonUpload(`${base}abandoned`);
      const hourMs = 3_600_000;
      expect(await storage.abortUploadsBefore(new Date(Date.now() - hourMs))).toEqual({ aborted: 0, open: 1 });
      expect(await subject.listLeftovers()).toHaveLength(1);
      expect(await storage.abortUploadsBefore(new Date(Date.now() + hourMs))).toEqual({ aborted: 1, open: 0 });
      expect(await subject.listLeftovers()).toEqual([]);
      expect(await storage.head({ key: `${base}abandoned` })).toBeNull();
    });

    test.each(['../x', 'a/../../x', '/etc/hostname', 'a/./b', '', 'a\0b'])(
      'the key %j leads outside and is refused',
      async (key) => {
        await expect(storage.head({ key })).rejects.toMatchObject({ code: 'SOURCE_FORBIDDEN' });
        await expect(storage.read({ key })).rejects.toMatchObject({ code: 'SOURCE_FORBIDDEN' });
        await expect(storage.write({ key }, Buffer.from('x'))).rejects.toMatchObject({ code: 'SOURCE_FORBIDDEN' });
      },
    );

    test('names with spaces, percent signs, plus and letters of all kinds stay what they are', async () => {
      const key = `${base}odd/a b+c%2F=ä日本.mp4`;
      await storage.write({ key }, Buffer.from('odd'));
      expect(await keysOf(storage, `${base}odd/`)).toEqual([key]);
      expect(String(await buffer(await storage.read({ key })))).toBe('odd');
    });

    test('a download appears under its name only when it is whole, and tells how far it is', async () => {
      const body = randomBytes(3 * mebibyte);
      const { etag } = await storage.write({ key: `${base}download` }, body);
      const path = join(scratch, 'deep', 'file.mp4');
      const seen: number[] = [];
      await downloadToFile(storage, { key: `${base}download` }, path, {
        ifMatch: etag,
        onBytes: (receivedBytes) => seen.push(receivedBytes),
      });
      expect(body.equals(await readFile(path))).toBe(true);
      expect(seen.at(-1)).toBe(body.length);
      const other = join(scratch, 'deep', 'other.mp4');
      await expect(downloadToFile(storage, { key: `${base}download` }, other, { ifMatch: 'another' })).rejects.toMatchObject({
        code: 'SOURCE_CHANGED',
      });
      expect(await readdir(join(scratch, 'deep'))).toEqual(['file.mp4']);
    });

    test('a folder is uploaded with the media types players ask for', async () => {
      const folder = await mkdtemp(join(scratch, 'folder-'));
      await writeFile(join(folder, 'master.m3u8'), '#EXTM3U');
      await writeFile(join(folder, 'manifest.mpd'), '<MPD/>');
      const uploaded = await uploadFolder(storage, folder, `${base}package/`);
      expect(uploaded).toEqual([
        { key: `${base}package/manifest.mpd`, sizeBytes: 6 },
        { key: `${base}package/master.m3u8`, sizeBytes: 7 },
      ]);
      expect((await storage.head({ key: `${base}package/master.m3u8` }))?.contentType).toBe('application/vnd.apple.mpegurl');
      expect((await storage.head({ key: `${base}package/manifest.mpd` }))?.contentType).toBe('application/dash+xml');
    });

    test('a store that is up passes its check', async () => {
      await expect(storage.check()).resolves.toBeUndefined();
    });
  });
}
