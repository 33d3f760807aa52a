import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadToFile, type ObjectRef, type StorageProvider } from '../storage/index.ts';

interface Entry {
  /** Of this entry alone: the one before it may still be going away. */
  dir: string;
  file: Promise<string>;
  users: number;
  /** Undefined until the file is whole. */
  sizeBytes: number | undefined;
  usedAt: number;
  abort: AbortController;
}

export interface HeldSource {
  /** A neutral name in a folder of its own: neither the uploader's name nor a neighbour can reach a demuxer. */
  path: string;
  release(): void;
}

/** A version of an object. */
export interface SourceRef extends ObjectRef {
  etag?: string;
}

/** Sources, or pieces of them, on this worker's disk, fetched once for all the tasks that need them. Drops the least recently used beyond its limit. */
export class SourceCache {
  readonly dir: string;
  readonly #storage: StorageProvider;
  readonly #limitBytes: number;
  readonly #entries = new Map<string, Entry>();

  constructor({ storage, dir, limitBytes }: { storage: StorageProvider; dir: string; limitBytes: number }) {
    this.#storage = storage;
    this.dir = dir;
    this.#limitBytes = limitBytes;
  }

  async hold(ref: SourceRef, signal: AbortSignal): Promise<HeldSource> {
    const id = createHash('sha256')
      .update(JSON.stringify([ref.bucket, ref.key, ref.etag]))
      .digest('hex')
      .slice(0, 32);
    const entry = this.#entries.get(id) ?? this.#begin(id, ref);
    entry.users += 1;
    const release = (): void => {
      entry.users -= 1;
      entry.usedAt = Date.now();
      // The last one to leave an unfinished download stops it.
      if (entry.users === 0 && entry.sizeBytes === undefined) this.#drop(id, entry);
      this.#evict();
    };
    let released = false;
    const releaseOnce = (): void => {
      if (!released) release();
      released = true;
    };
    try {
      const path = await Promise.race([entry.file, rejectOnAbort(signal)]);
      return { path, release: releaseOnce };
    } catch (error) {
      releaseOnce();
      throw error;
    }
  }

  #begin(id: string, ref: SourceRef): Entry {
    const dir = join(this.dir, `${id}-${randomUUID()}`);
    const abort = new AbortController();
    const fetched = this.#fetch(dir, ref, abort.signal);
    const file = fetched.then(({ path, sizeBytes }) => {
      entry.sizeBytes = sizeBytes;
      return path;
    });
    const entry: Entry = { dir, users: 0, sizeBytes: undefined, usedAt: Date.now(), abort, file };
    file.catch(() => this.#drop(id, entry));
    this.#entries.set(id, entry);
    return entry;
  }

  async #fetch(dir: string, { etag, ...ref }: SourceRef, signal: AbortSignal): Promise<{ path: string; sizeBytes: number }> {
    await mkdir(dir, { recursive: true });
    const path = join(dir, 'source');
    await downloadToFile(this.#storage, ref, path, { ...(etag === undefined ? {} : { ifMatch: etag }), signal });
    return { path, sizeBytes: (await stat(path)).size };
  }

  #drop(id: string, entry: Entry): void {
    if (this.#entries.get(id) === entry) this.#entries.delete(id);
    entry.abort.abort();
    entry.file
      .catch(() => undefined)
      .finally(() => rm(entry.dir, { recursive: true, force: true }))
      .catch(() => undefined);
  }

  #evict(): void {
    let total = [...this.#entries.values()].reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
    const idle = [...this.#entries].filter(([, { users }]) => users === 0).sort(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [id, entry] of idle) {
      if (total <= this.#limitBytes) return;
      total -= entry.sizeBytes ?? 0;
      this.#drop(id, entry);
    }
  }
}

const rejectOnAbort = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
