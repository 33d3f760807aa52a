import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

export interface UploadTarget {
  Bucket: string;
  Key: string;
  ContentType?: string;
}

const mebibyte = 1024 * 1024;
const partsInFlight = 2;
/** How long parts on their way may take to arrive once the upload is given up. */
const patienceMs = 5_000;

/** A store takes at most 10,000 parts: small ones first, so that memory stays low, then larger, so that 500 GB fit. */
const partSizeBytesOf = (partNumber: number): number => (partNumber <= 1000 ? 8 : 64) * mebibyte;

async function* cutIntoParts(body: Readable | Uint8Array): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let gatheredBytes = 0;
  let partNumber = 1;
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    let rest = Buffer.from(chunk);
    while (gatheredBytes + rest.length >= partSizeBytesOf(partNumber)) {
      const missingBytes = partSizeBytesOf(partNumber) - gatheredBytes;
      yield Buffer.concat([...pieces, rest.subarray(0, missingBytes)]);
      rest = rest.subarray(missingBytes);
      pieces = [];
      gatheredBytes = 0;
      partNumber += 1;
    }
    if (rest.length > 0) pieces.push(rest);
    gatheredBytes += rest.length;
  }
  if (gatheredBytes > 0) yield Buffer.concat(pieces);
}

/**
 * Sends parts, a few at a time. When one fails, or at the signal, no more are sent, and those on their way may arrive: a store that is
 * still writing a part brings a removed upload back.
 */
async function sendParts(
  client: S3Client,
  upload: UploadTarget & { UploadId: string },
  parts: AsyncIterable<Buffer>,
  signal: AbortSignal | undefined,
): Promise<CompletedPart[]> {
  const stopped = new AbortController();
  const outOfPatience = new AbortController();
  let patience: NodeJS.Timeout | undefined;
  const stop = (reason: unknown): void => {
    stopped.abort(reason);
    patience ??= setTimeout(() => outOfPatience.abort(reason), patienceMs);
  };
  const onAbort = (): void => stop(signal?.reason);
  const completed: CompletedPart[] = [];
  const inFlight = new Set<Promise<void>>();
  let partNumber = 0;

  const send = async (body: Buffer, number: number): Promise<void> => {
    const { Bucket, Key, UploadId } = upload;
    const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: number, Body: body }), {
      abortSignal: outOfPatience.signal,
    });
    completed.push({ PartNumber: number, ...(ETag === undefined ? {} : { ETag }) });
  };

  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal?.aborted) onAbort();
    for await (const part of parts) {
      stopped.signal.throwIfAborted();
      partNumber += 1;
      const sending = send(part, partNumber).finally(() => inFlight.delete(sending));
      // Its failure is seen by the race or the wait below; without this it could count as unhandled before.
      sending.catch(stop);
      inFlight.add(sending);
      if (inFlight.size >= partsInFlight) await Promise.race(inFlight);
    }
    await Promise.all(inFlight);
    stopped.signal.throwIfAborted();
  } catch (error) {
    stop(error);
    await Promise.allSettled(inFlight);
    throw stopped.signal.reason;
  } finally {
    clearTimeout(patience);
    signal?.removeEventListener('abort', onAbort);
  }
  return completed.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
}

/** Puts the body back together with what was read ahead of it. */
async function* prepend(first: Buffer[], rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield* first;
  yield* rest;
}

/**
 * Streams a body of unknown length into one object and returns its size. Written against the plain commands because the SDK's
 * managed upload goes on sending after a part failed, answers an abort before it has cleaned up, and leaves the upload open
 * when its completion fails.
 */
export async function uploadStream(
  client: S3Client,
  target: UploadTarget,
  body: Readable | Uint8Array,
  signal: AbortSignal | undefined,
): Promise<number> {
  const parts = cutIntoParts(body);
  const first = await parts.next();
  const second = first.done ? first : await parts.next();
  signal?.throwIfAborted();
  if (second.done) {
    const whole = first.done ? Buffer.alloc(0) : first.value;
    await client.send(new PutObjectCommand({ ...target, Body: whole }), signal === undefined ? {} : { abortSignal: signal });
    return whole.length;
  }
  let sizeBytes = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const part of prepend([first.value as Buffer, second.value as Buffer], parts)) {
      sizeBytes += part.length;
      yield part;
    }
  }
  // Opening and completing are not abortable: an aborted request may still have been carried out, under an id nobody knows.
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
  if (UploadId === undefined) throw new Error('the store opened a multipart upload without an id');
  const upload = { Bucket: target.Bucket, Key: target.Key, UploadId };
  try {
    const completed = await sendParts(client, upload, counted(), signal);
    await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: completed } }));
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand(upload)).catch((abortError: unknown) => {
      throw new AggregateError([error, abortError], 'the upload failed, and so did removing its parts', { cause: error });
    });
    throw error;
  }
  return sizeBytes;
}
