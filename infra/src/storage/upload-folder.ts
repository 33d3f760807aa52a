import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { contentTypeOf } from './content-types.ts';
import { assertFolderPrefix } from './object-keys.ts';
import type { StorageProvider } from './storage.ts';

export interface UploadedFile {
  key: string;
  sizeBytes: number;
}

export interface UploadFolderOptions {
  signal?: AbortSignal;
  /** Files at a time; 4 unless told. */
  concurrency?: number;
}

/** Uploads every file below a folder under `prefix` (which ends with a slash), and returns them in the order of their keys. */
export async function uploadFolder(
  storage: StorageProvider,
  dir: string,
  prefix: string,
  { signal, concurrency = 4 }: UploadFolderOptions = {},
): Promise<UploadedFile[]> {
  assertFolderPrefix(prefix);
  const entries = await readdir(dir, { withFileTypes: true, recursive: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const failure = new AbortController();
  const eitherSignal = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]);
  const uploaded: UploadedFile[] = [];
  const queue = paths.values();

  const work = async (): Promise<void> => {
    for (const path of queue) {
      eitherSignal.throwIfAborted();
      const key = prefix + relative(dir, path).split(sep).join('/');
      const { sizeBytes } = await storage.write(
        { key },
        { file: path },
        {
          contentType: contentTypeOf(path),
          signal: eitherSignal,
        },
      );
      uploaded.push({ key, sizeBytes });
    }
  };

  const workers = Array.from({ length: concurrency }, () =>
    work().catch((error: unknown) => {
      // The others stop too; the first reason is the one that is told.
      failure.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(workers);
  signal?.throwIfAborted();
  failure.signal.throwIfAborted();
  return uploaded.sort((a, b) => (a.key < b.key ? -1 : 1));
}
