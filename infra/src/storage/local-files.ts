import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream, type Stats } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { StreamflixError } from '@streamflix/contracts';
import { assertKey } from './object-keys.ts';

const bucketPattern = /^[a-z0-9][a-z0-9.-]{1,62}$/;

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** No file there, or one of its folders is a file. */
export const isAbsent = (error: unknown): boolean => codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';

const awayCodes = new Set<unknown>(['ENOSPC', 'EIO', 'EROFS', 'EACCES', 'EDQUOT', 'EMFILE', 'ENFILE', 'ESTALE']);

export const translateFileError = (error: unknown): unknown =>
  awayCodes.has(codeOf(error)) ? new StreamflixError('STORE_UNAVAILABLE', { cause: error }) : error;

const forbidden = () => new StreamflixError('SOURCE_FORBIDDEN', { message: 'The key leads outside of its bucket.' });

/** What is known of a file's content; believed only while the file is the one it was written about. */
interface Sidecar {
  inode: number;
  modifiedMs: number;
  sizeBytes: number;
  etag: string;
  contentType: string | null;
}

const describes = (sidecar: Sidecar, stats: Stats): boolean =>
  sidecar.inode === stats.ino && sidecar.modifiedMs === stats.mtimeMs && sidecar.sizeBytes === stats.size;

export interface LocalFiles {
  bucketDir(bucket: string): string;
  /** Where the object of the key lies or will lie. Throws SOURCE_FORBIDDEN when a link on the way leads outside. */
  locate(bucket: string, key: string): Promise<string>;
  incomingPath(): Promise<string>;
  /** Removes temporary files that nobody has written to since the moment. */
  removeIncomingBefore(moment: Date): Promise<{ aborted: number; open: number }>;
  sidecarPath(bucket: string, key: string): string;
  /** Moves a finished file into place, with what is known of it. */
  publish(temporary: string, object: { bucket: string; key: string; etag: string; contentType: string | null }): Promise<Stats>;
  /** The content's hash, from the sidecar when it is still true, else from the bytes. */
  describe(bucket: string, key: string, path: string, stats: Stats): Promise<{ etag: string; contentType: string | null }>;
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Opens for reading; a link as the last part is refused by the kernel itself. */
export async function openFile(path: string) {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    throw codeOf(error) === 'ELOOP' ? forbidden() : error;
  }
}

export function localFiles(root: string): LocalFiles {
  const bucketDir = (bucket: string): string => {
    if (!bucketPattern.test(bucket)) throw new StreamflixError('SOURCE_FORBIDDEN', { message: 'The bucket has no valid name.' });
    return join(root, bucket);
  };
  const sidecarPath = (bucket: string, key: string): string => join(root, '.sidecars', bucket, `${key}.json`);

  async function locate(bucket: string, key: string): Promise<string> {
    assertKey(key);
    if (key.includes('//')) throw forbidden();
    const base = bucketDir(bucket);
    const path = join(base, key);
    // The nearest folder that exists decides: what does not exist yet cannot be a link.
    for (let folder = dirname(path); folder.length >= base.length; folder = dirname(folder)) {
      try {
        const [real, realBase] = await Promise.all([realpath(folder), realpath(base)]);
        if (real !== realBase && !real.startsWith(realBase + sep)) throw forbidden();
        return path;
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
    }
    return path;
  }

  const incomingDir = join(root, '.incoming');

  async function incomingPath(): Promise<string> {
    await mkdir(incomingDir, { recursive: true });
    return join(incomingDir, randomUUID());
  }

  async function removeIncomingBefore(moment: Date): Promise<{ aborted: number; open: number }> {
    const names = await readdir(incomingDir).catch((error: unknown) => {
      if (isAbsent(error)) return [];
      throw error;
    });
    const counts = { aborted: 0, open: 0 };
    for (const name of names) {
      const path = join(incomingDir, name);
      try {
        if ((await lstat(path)).mtime < moment) {
          await rm(path);
          counts.aborted += 1;
        } else counts.open += 1;
      } catch (error) {
        // It was published or removed meanwhile.
        if (!isAbsent(error)) throw error;
      }
    }
    return counts;
  }

  async function writeSidecar(bucket: string, key: string, sidecar: Sidecar): Promise<void> {
    const path = sidecarPath(bucket, key);
    const temporary = await incomingPath();
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, JSON.stringify(sidecar));
    await rename(temporary, path);
  }

  async function readSidecar(bucket: string, key: string): Promise<Sidecar | null> {
    try {
      return JSON.parse(await readFile(sidecarPath(bucket, key), 'utf8')) as Sidecar;
    } catch (error) {
      if (isAbsent(error) || error instanceof SyntaxError) return null;
      throw error;
    }
  }

  return {
    bucketDir,
    locate,
    incomingPath,
    removeIncomingBefore,
    sidecarPath,
    publish: async (temporary, { bucket, key, etag, contentType }) => {
      try {
        const path = await locate(bucket, key);
        const stats = await lstat(temporary);
        await mkdir(dirname(path), { recursive: true });
        await writeSidecar(bucket, key, {
          inode: stats.ino,
          modifiedMs: stats.mtimeMs,
          sizeBytes: stats.size,
          etag,
          contentType,
        });
        await rename(temporary, path);
        return stats;
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
    describe: async (bucket, key, path, stats) => {
      const known = await readSidecar(bucket, key);
      if (known !== null && describes(known, stats)) return known;
      const fresh = {
        inode: stats.ino,
        modifiedMs: stats.mtimeMs,
        sizeBytes: stats.size,
        etag: await hashFile(path),
        contentType: null,
      };
      await writeSidecar(bucket, key, fresh);
      return fresh;
    },
  };
}
