import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { access, constants, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { StreamflixError } from '@streamflix/contracts';
import { isAbsent, localFiles, openFile, translateFileError } from './local-files.ts';
import { assertFolderPrefix } from './object-keys.ts';
import {
  type Body,
  isLocalFile,
  type ObjectInfo,
  type ObjectRef,
  type ReadOptions,
  type StorageProvider,
  type WriteOptions,
} from './storage.ts';

/** S3 orders keys by their bytes; a folder sorts as its name with the slash. */
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

function addHash(): { hashing: Transform; digest: () => string } {
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  return { hashing, digest: () => hash.digest('hex') };
}

/** The object store as a folder that all processes share: `<dir>/<bucket>/<key>`. For one machine without an S3 server. */
export function openLocalStorage({ dir, bucket: ownBucket }: { dir: string; bucket: string }): StorageProvider {
  const root = resolve(dir);
  const files = localFiles(root);

  async function guarded<T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    try {
      return await run();
    } catch (error) {
      signal?.throwIfAborted();
      throw translateFileError(error);
    }
  }

  async function inspect(bucket: string, key: string): Promise<ObjectInfo | null> {
    const path = await files.locate(bucket, key);
    try {
      const stats = await lstat(path);
      if (stats.isSymbolicLink()) throw new StreamflixError('SOURCE_FORBIDDEN', { message: 'The key names a link.' });
      if (!stats.isFile()) return null;
      const { etag, contentType } = await files.describe(bucket, key, path, stats);
      return { key, sizeBytes: stats.size, etag, contentType, lastModified: stats.mtime };
    } catch (error) {
      if (isAbsent(error)) return null;
      throw error;
    }
  }

  async function read({ bucket = ownBucket, key }: ObjectRef, { range, ifMatch, signal }: ReadOptions = {}): Promise<Readable> {
    return guarded(signal, async () => {
      const path = await files.locate(bucket, key);
      const handle = await openFile(path).catch((error: unknown) => {
        throw isAbsent(error) ? new StreamflixError('SOURCE_NOT_FOUND', { cause: error }) : error;
      });
      try {
        const stats = await handle.stat();
        if (!stats.isFile()) throw new StreamflixError('SOURCE_NOT_FOUND');
        if (ifMatch !== undefined && (await files.describe(bucket, key, path, stats)).etag !== ifMatch) {
          throw new StreamflixError('SOURCE_CHANGED');
        }
        return handle.createReadStream({ ...range, ...(signal === undefined ? {} : { signal }) });
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  async function write(ref: ObjectRef, body: Body, { contentType, signal }: WriteOptions = {}): Promise<ObjectInfo> {
    const { bucket = ownBucket, key } = ref;
    return guarded(signal, async () => {
      await files.locate(bucket, key);
      const temporary = await files.incomingPath();
      const { hashing, digest } = addHash();
      const source = body instanceof Uint8Array ? Readable.from([body]) : isLocalFile(body) ? createReadStream(body.file) : body;
      try {
        await pipeline(
          source,
          hashing,
          createWriteStream(temporary, { flags: 'wx', flush: true }),
          signal === undefined ? {} : { signal },
        );
        signal?.throwIfAborted();
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      const object = { bucket, key, etag: digest(), contentType: contentType ?? null };
      const stats = await files.publish(temporary, object);
      return { key, sizeBytes: stats.size, etag: object.etag, contentType: object.contentType, lastModified: stats.mtime };
    });
  }

  async function* walk(bucket: string, folder: string, prefix: string): AsyncGenerator<ObjectInfo> {
    const entries = await readdir(join(files.bucketDir(bucket), folder), { withFileTypes: true }).catch((error: unknown) => {
      if (isAbsent(error)) return [];
      throw translateFileError(error);
    });
    const names = entries
      .filter((entry) => entry.isFile() || entry.isDirectory())
      .map((entry) => entry.name + (entry.isDirectory() ? '/' : ''));
    for (const name of names.sort(byBytes)) {
      const key = folder + name;
      if (!key.startsWith(prefix) && !(name.endsWith('/') && prefix.startsWith(key))) continue;
      const info = name.endsWith('/') ? null : await inspect(bucket, key);
      if (info !== null) yield info;
      if (name.endsWith('/')) yield* walk(bucket, key, prefix);
    }
  }

  async function* list(prefix: string, bucket = ownBucket): AsyncGenerator<ObjectInfo> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    await files.locate(bucket, `${folder}x`);
    yield* walk(bucket, folder, prefix);
  }

  async function* listFolders(prefix: string): AsyncGenerator<string> {
    assertFolderPrefix(prefix);
    await files.locate(ownBucket, `${prefix}x`);
    const entries = await readdir(join(files.bucketDir(ownBucket), prefix), { withFileTypes: true }).catch((error: unknown) => {
      if (isAbsent(error)) return [];
      throw translateFileError(error);
    });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${name}/`);
    for (const folder of folders.sort(byBytes)) yield prefix + folder;
  }

  async function deletePrefix(prefix: string): Promise<number> {
    assertFolderPrefix(prefix);
    return guarded(undefined, async () => {
      let deleted = 0;
      for await (const _object of list(prefix)) deleted += 1;
      await rm(join(files.bucketDir(ownBucket), prefix), { recursive: true, force: true });
      await rm(files.sidecarPath(ownBucket, prefix).replace(/\/\.json$/, ''), { recursive: true, force: true });
      return deleted;
    });
  }

  return {
    head: ({ bucket = ownBucket, key }, signal) => guarded(signal, () => inspect(bucket, key)),
    read,
    write,
    list,
    listFolders,
    deletePrefix,
    abortUploadsBefore: (moment) => guarded(undefined, () => files.removeIncomingBefore(moment)),
    /** There is no server to sign for: a file URL, good on this machine only. */
    presignRead: async ({ bucket = ownBucket, key }) => pathToFileURL(await files.locate(bucket, key)).href,
    ensureBucket: () => guarded(undefined, async () => void (await mkdir(files.bucketDir(ownBucket), { recursive: true }))),
    check: async () => {
      try {
        await access(files.bucketDir(ownBucket), constants.R_OK | constants.W_OK);
      } catch (error) {
        throw new StreamflixError('STORE_UNAVAILABLE', { cause: error });
      }
    },
    close: async () => undefined,
  };
}
