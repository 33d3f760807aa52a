import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode, StreamflixError } from '@streamflix/contracts';
import type { ObjectInfo, ObjectRef, StorageProvider } from './storage.ts';

export interface DownloadOptions {
  ifMatch?: string;
  signal?: AbortSignal;
  /** How much of the object is here; called for every piece that arrives. */
  onBytes?: (receivedBytes: number, sizeBytes: number) => void;
}

const maxFruitlessTries = 3;

/**
 * Brings one version of an object to a local file, which appears under its name only when it is whole. A connection that breaks
 * is taken up where it ended, so that a large source survives a flaky network.
 */
export async function downloadToFile(
  storage: StorageProvider,
  ref: ObjectRef,
  path: string,
  options: DownloadOptions = {},
): Promise<void> {
  const { ifMatch, signal } = options;
  const info = await storage.head(ref, signal);
  if (info === null) throw new StreamflixError('SOURCE_NOT_FOUND');
  if (ifMatch !== undefined && info.etag !== ifMatch) throw new StreamflixError('SOURCE_CHANGED');
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.part-${randomUUID()}`;
  try {
    await fetchWhole(storage, ref, info, partial, options);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error instanceof Error && 'code' in error && error.code === 'ENOSPC'
      ? new StreamflixError('DISK_FULL', { cause: error })
      : error;
  }
}

async function fetchWhole(
  storage: StorageProvider,
  ref: ObjectRef,
  { sizeBytes, etag }: ObjectInfo,
  partial: string,
  { signal, onBytes }: DownloadOptions,
): Promise<void> {
  await using file = await open(partial, 'wx');
  let receivedBytes = 0;
  let fruitlessTries = 0;
  while (fruitlessTries < maxFruitlessTries) {
    const startedAt = receivedBytes;
    try {
      const body = await storage.read(ref, {
        ifMatch: etag,
        ...(receivedBytes > 0 ? { range: { start: receivedBytes } } : {}),
        ...(signal === undefined ? {} : { signal }),
      });
      // Counted only once written: a count ahead of the file would leave a hole where the next try goes on.
      for await (const chunk of body) {
        await file.appendFile(chunk);
        receivedBytes += chunk.length;
        onBytes?.(receivedBytes, sizeBytes);
      }
      signal?.throwIfAborted();
      if (receivedBytes >= sizeBytes) break;
    } catch (error) {
      signal?.throwIfAborted();
      if (!hasCode(error, 'STORE_UNAVAILABLE')) throw error;
      if (receivedBytes === startedAt && fruitlessTries + 1 === maxFruitlessTries) throw error;
    }
    fruitlessTries = receivedBytes > startedAt ? 0 : fruitlessTries + 1;
  }
  if (receivedBytes !== sizeBytes) {
    throw new StreamflixError('STORE_UNAVAILABLE', { message: `The store sent ${receivedBytes} of ${sizeBytes} bytes.` });
  }
}
