import type { Readable } from 'node:stream';

export interface ObjectRef {
  /** The platform's own bucket when absent. */
  bucket?: string;
  key: string;
}

export interface ObjectInfo {
  key: string;
  sizeBytes: number;
  /** Without quotes. Changes whenever the bytes do; means nothing else. */
  etag: string;
  /** Null also where the store's listing does not tell it. */
  contentType: string | null;
  lastModified: Date;
}

export interface ReadOptions {
  /** Bytes, both ends inclusive; without `end` up to the last one. */
  range?: { start: number; end?: number };
  /** The ETag the caller saw. Another one now: SOURCE_CHANGED. */
  ifMatch?: string;
  signal?: AbortSignal;
}

export interface WriteOptions {
  contentType?: string;
  signal?: AbortSignal;
}

/** The path of a file on this machine that stays as it is meanwhile. */
export interface LocalFile {
  file: string;
}

export const isLocalFile = (body: Body): body is LocalFile => 'file' in body;

/** Bytes to be written. A source that is no stream ends of itself at the signal: nothing else can end a wait for its next piece. */
export type Body = Readable | AsyncIterable<Uint8Array> | Uint8Array | LocalFile;

/**
 * Where the bytes are. Every method throws STORE_UNAVAILABLE when the store does not answer, SOURCE_FORBIDDEN for a key that
 * leads outside (`..`, absolute) or a bucket it may not open, and the signal's reason when aborted.
 */
export interface StorageProvider {
  /** Null: there is no such object. */
  head(ref: ObjectRef, signal?: AbortSignal): Promise<ObjectInfo | null>;
  /** SOURCE_NOT_FOUND, SOURCE_CHANGED. A store that goes away in the middle ends the stream with STORE_UNAVAILABLE. */
  read(ref: ObjectRef, options?: ReadOptions): Promise<Readable>;
  /** The object appears whole or not at all. Memory stays bounded; a failed or aborted write leaves nothing behind. */
  write(ref: ObjectRef, body: Body, options?: WriteOptions): Promise<ObjectInfo>;
  /** In the order of the keys. */
  list(prefix: string, bucket?: string): AsyncIterable<ObjectInfo>;
  /** The folders directly below the prefix (which ends with a slash), each with its slash, in the order of their keys. */
  listFolders(prefix: string): AsyncIterable<string>;
  /** Returns how many objects went. Refuses a prefix that does not end with a slash, so that `a/1` never takes `a/10` along. */
  deletePrefix(prefix: string): Promise<number>;
  /**
   * Removes writes of the platform's bucket that were begun before the moment and never ended, as a killed process leaves them;
   * later ones stay open. The moment must lie further back than the longest upload takes.
   */
  abortUploadsBefore(moment: Date): Promise<{ aborted: number; open: number }>;
  /** A URL that reads this one object without credentials for a while. */
  presignRead(ref: ObjectRef, expiresSeconds: number): Promise<string>;
  ensureBucket(): Promise<void>;
  check(): Promise<void>;
  close(): Promise<void>;
}
