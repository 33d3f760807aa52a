import { tmpdir } from 'node:os';
import { PassThrough, Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type MultipartUpload,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { hasCode, StreamflixError } from '@streamflix/contracts';
import type { Config } from '../config/index.ts';
import { assertFolderPrefix, assertKey } from './object-keys.ts';
import { isMissing, translateS3Error } from './s3-errors.ts';
import { openUploadRoom, type UploadTarget, uploadStream } from './s3-upload.ts';
import type { Body, ObjectInfo, ObjectRef, ReadOptions, StorageProvider, WriteOptions } from './storage.ts';

type S3Config = Pick<Config['storage'], 'endpoint' | 'bucket' | 'region' | 'accessKeyId' | 'secretAccessKey'> & {
  /** Where uploads lie for which there is no memory; the system's folder for such things when absent. */
  spoolDir?: string;
};

function openClient({ endpoint, region, accessKeyId, secretAccessKey }: S3Config): S3Client {
  return new S3Client({
    region,
    forcePathStyle: true,
    // Stores that speak S3 differ in what they make of the newer checksum trailers.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 3_000,
      socketTimeout: 30_000,
      httpAgent: { maxSockets: 64 },
      httpsAgent: { maxSockets: 64 },
    },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(accessKeyId === undefined || secretAccessKey === undefined ? {} : { credentials: { accessKeyId, secretAccessKey } }),
  });
}

const unquoted = (etag: string | undefined): string => (etag ?? '').replace(/^W\//, '').replaceAll('"', '');

interface ObjectFacts {
  ContentLength?: number | undefined;
  Size?: number | undefined;
  ETag?: string | undefined;
  ContentType?: string | undefined;
  LastModified?: Date | undefined;
}

const toObjectInfo = (key: string, facts: ObjectFacts): ObjectInfo => ({
  key,
  sizeBytes: facts.ContentLength ?? facts.Size ?? 0,
  etag: unquoted(facts.ETag),
  contentType: facts.ContentType ?? null,
  lastModified: facts.LastModified ?? new Date(0),
});

const sendOptions = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { abortSignal: signal });

/** The object store by the S3 API: AWS, versitygw, Ceph and others of path-style addresses. */
export function openS3Storage(config: S3Config): StorageProvider {
  const client = openClient(config);
  const room = openUploadRoom(config.spoolDir ?? tmpdir());
  const bucketOf = (ref: { bucket?: string }): string => ref.bucket ?? config.bucket;

  async function guarded<T>(bucket: string, signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    try {
      return await run();
    } catch (error) {
      signal?.throwIfAborted();
      throw translateS3Error(error, bucket === config.bucket);
    }
  }

  /** The same bytes, but a connection that breaks ends them with the catalogue's error. */
  function translated(source: Readable, isOwnBucket: boolean, signal: AbortSignal | undefined): Readable {
    const out = new PassThrough();
    const onAbort = () => source.destroy(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
    signal?.addEventListener('abort', onAbort, { once: true });
    source.on('error', (error) => out.destroy(signal?.aborted ? error : (translateS3Error(error, isOwnBucket) as Error)));
    out.on('close', () => {
      signal?.removeEventListener('abort', onAbort);
      source.destroy();
    });
    if (signal?.aborted) onAbort();
    return source.pipe(out);
  }

  async function head(ref: ObjectRef, signal?: AbortSignal): Promise<ObjectInfo | null> {
    assertKey(ref.key);
    const bucket = bucketOf(ref);
    return guarded(bucket, signal, async () => {
      try {
        return toObjectInfo(
          ref.key,
          await client.send(new HeadObjectCommand({ Bucket: bucket, Key: ref.key }), sendOptions(signal)),
        );
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    });
  }

  async function read(ref: ObjectRef, { range, ifMatch, signal }: ReadOptions = {}): Promise<Readable> {
    assertKey(ref.key);
    const bucket = bucketOf(ref);
    const command = new GetObjectCommand({
      Bucket: bucket,
      Key: ref.key,
      ...(range === undefined ? {} : { Range: `bytes=${range.start}-${range.end ?? ''}` }),
      ...(ifMatch === undefined ? {} : { IfMatch: `"${ifMatch}"` }),
    });
    const { Body } = await guarded(bucket, signal, () => client.send(command, sendOptions(signal)));
    return Body instanceof Readable ? translated(Body, bucket === config.bucket, signal) : Readable.from([]);
  }

  async function write(ref: ObjectRef, body: Body, { contentType, signal }: WriteOptions = {}): Promise<ObjectInfo> {
    assertKey(ref.key);
    const bucket = bucketOf(ref);
    const target: UploadTarget = {
      Bucket: bucket,
      Key: ref.key,
      ...(contentType === undefined ? {} : { ContentType: contentType }),
    };
    // Ends the wait for a body that sends nothing more.
    const onAbort = () =>
      void (body instanceof Readable && body.destroy(signal?.reason instanceof Error ? signal.reason : undefined));
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const sizeBytes = await guarded(bucket, signal, () => uploadStream(client, target, body, { room, signal })).catch(
        (error: unknown) => {
          // Of what we write nothing is missing but the bucket, or the upload that somebody ended.
          throw hasCode(error, 'SOURCE_NOT_FOUND') ? new StreamflixError('STORE_UNAVAILABLE', { cause: error }) : error;
        },
      );
      const info = await head(ref);
      if (info === null || info.sizeBytes !== sizeBytes) {
        throw new StreamflixError('STORE_UNAVAILABLE', {
          message: 'The store does not hold what it acknowledged.',
          details: { key: ref.key, sentBytes: sizeBytes, storedBytes: info?.sizeBytes ?? null },
        });
      }
      return info;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async function* list(prefix: string, bucket = config.bucket): AsyncGenerator<ObjectInfo> {
    try {
      for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
        for (const object of page.Contents ?? []) if (object.Key !== undefined) yield toObjectInfo(object.Key, object);
      }
    } catch (error) {
      throw translateS3Error(error, bucket === config.bucket);
    }
  }

  async function* listFolders(prefix: string): AsyncGenerator<string> {
    assertFolderPrefix(prefix);
    try {
      const query = { Bucket: config.bucket, Prefix: prefix, Delimiter: '/' };
      for await (const page of paginateListObjectsV2({ client }, query)) {
        for (const { Prefix } of page.CommonPrefixes ?? []) if (Prefix !== undefined) yield Prefix;
      }
    } catch (error) {
      throw translateS3Error(error, true);
    }
  }

  async function* listUploads(): AsyncGenerator<MultipartUpload> {
    for (let at: { KeyMarker?: string; UploadIdMarker?: string } | null = {}; at !== null; ) {
      const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({ Bucket: config.bucket, ...at });
      const page = await guarded(config.bucket, undefined, () => client.send(command));
      yield* page.Uploads ?? [];
      const { IsTruncated, NextKeyMarker: KeyMarker = '', NextUploadIdMarker: UploadIdMarker = '' } = page;
      at = IsTruncated === true && KeyMarker !== '' ? { KeyMarker, UploadIdMarker } : null;
    }
  }

  async function abortUploadsBefore(moment: Date): Promise<{ aborted: number; open: number }> {
    const counts = { aborted: 0, open: 0 };
    for await (const { Key, UploadId, Initiated } of listUploads()) {
      if (Initiated === undefined || Initiated >= moment) {
        counts.open += 1;
        continue;
      }
      const command = new AbortMultipartUploadCommand({ Bucket: config.bucket, Key, UploadId });
      await guarded(config.bucket, undefined, () => client.send(command)).catch((error: unknown) => {
        // It ended by itself meanwhile.
        if (!hasCode(error, 'SOURCE_NOT_FOUND')) throw error;
      });
      counts.aborted += 1;
    }
    return counts;
  }

  async function deleteBatch(keys: string[]): Promise<void> {
    const command = new DeleteObjectsCommand({
      Bucket: config.bucket,
      Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true },
    });
    const { Errors = [] } = await guarded(config.bucket, undefined, () => client.send(command));
    if (Errors.length > 0) {
      throw new StreamflixError('STORE_UNAVAILABLE', {
        message: `${Errors.length} objects could not be deleted.`,
        details: { ...Errors[0] },
      });
    }
  }

  async function deletePrefix(prefix: string): Promise<number> {
    assertFolderPrefix(prefix);
    let deleted = 0;
    let batch: string[] = [];
    const flush = async () => {
      if (batch.length > 0) await deleteBatch(batch);
      deleted += batch.length;
      batch = [];
    };
    for await (const { key } of list(prefix)) {
      batch.push(key);
      if (batch.length === 1000) await flush();
    }
    await flush();
    return deleted;
  }

  async function ensureBucket(): Promise<void> {
    await guarded(config.bucket, undefined, async () => {
      try {
        await client.send(new HeadBucketCommand({ Bucket: config.bucket }));
      } catch (error) {
        if (!isMissing(error)) throw error;
        await client.send(new CreateBucketCommand({ Bucket: config.bucket })).catch((createError: Error) => {
          if (createError.name !== 'BucketAlreadyOwnedByYou' && createError.name !== 'BucketAlreadyExists') throw createError;
        });
      }
    });
  }

  return {
    head,
    read,
    write,
    list,
    listFolders,
    deletePrefix,
    abortUploadsBefore,
    ensureBucket,
    presignRead: async (ref, expiresSeconds) => {
      assertKey(ref.key);
      return getSignedUrl(client, new GetObjectCommand({ Bucket: bucketOf(ref), Key: ref.key }), { expiresIn: expiresSeconds });
    },
    check: async () => {
      try {
        await client.send(new HeadBucketCommand({ Bucket: config.bucket }), { abortSignal: AbortSignal.timeout(5_000) });
      } catch (error) {
        throw new StreamflixError('STORE_UNAVAILABLE', { cause: error });
      }
    },
    close: async () => client.destroy(),
  };
}
