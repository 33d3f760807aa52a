import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { ByteBudget } from './byte-budget.ts';
import { cutFile } from './file-part.ts';
import { type Part, PartBuffer, type PartRoom } from './part-buffer.ts';
import { type Body, isLocalFile, type LocalFile } from './storage.ts';

export interface UploadTarget {
  Bucket: string;
  Key: string;
  ContentType?: string;
}

const mebibyte = 1024 * 1024;
/** The least a store takes. */
const usualPartBytes = 5 * mebibyte;
const partsInFlight = 2;
/** How long parts on their way may take to arrive once the upload is given up. */
const patienceMs = 5_000;

/** A store takes at most 10,000 parts: small ones first, so that memory stays low, then larger, so that 500 GB fit. */
const partSizeBytesOf = (partNumber: number): number => (partNumber <= 1000 ? usualPartBytes : 64 * mebibyte);

/** What the uploads of a process share, so that their number does not decide about its memory. */
export interface UploadRoom extends PartRoom {
  /** Parts that are on their way to the store. */
  sending: ByteBudget;
  /** What they lie in there, used again: of buffers of this size the collector would keep many before it takes one. */
  spare: Buffer[];
}

export const openUploadRoom = (dir: string): UploadRoom => ({
  memory: new ByteBudget(mebibyte),
  sending: new ByteBudget(10 * mebibyte),
  spare: [],
  dir,
});

const toBuffer = (chunk: Uint8Array): Buffer => Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);

/** Whoever takes a part releases it. */
async function* gatherParts(body: Exclude<Body, LocalFile>, room: PartRoom): AsyncGenerator<Part> {
  let part = new PartBuffer(room);
  let partNumber = 1;
  try {
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      let rest = toBuffer(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
      for (;;) {
        const missingBytes = partSizeBytesOf(partNumber) - part.sizeBytes;
        if (rest.length < missingBytes) break;
        await part.append(rest.subarray(0, missingBytes));
        rest = rest.subarray(missingBytes);
        const full = part;
        part = new PartBuffer(room);
        partNumber += 1;
        yield full;
      }
      if (rest.length > 0) await part.append(rest);
    }
    const last = part;
    part = new PartBuffer(room);
    if (last.sizeBytes > 0) yield last;
  } finally {
    await part.release();
  }
}

/** Sends one part when it is its turn. */
async function sendPart({ sending, spare }: UploadRoom, part: Part, send: (body: Buffer) => Promise<unknown>): Promise<void> {
  try {
    const taken = await sending.take(part.sizeBytes);
    try {
      const isUsual = part.sizeBytes === usualPartBytes;
      const into = (isUsual ? spare.pop() : undefined) ?? Buffer.allocUnsafeSlow(part.sizeBytes);
      await send(await part.moveTo(into));
      // Not after a failure: who knows what still reads from it.
      if (isUsual) spare.push(into);
    } finally {
      sending.give(taken);
    }
  } finally {
    await part.release();
  }
}

/**
 * Sends parts, a few at a time. When one fails, or at the signal, no more are sent, and those on their way may arrive: a store that is
 * still writing a part brings a removed upload back.
 */
async function sendParts(
  client: S3Client,
  upload: UploadTarget & { UploadId: string },
  { parts, room, signal }: { parts: AsyncIterable<Part>; room: UploadRoom; signal: AbortSignal | undefined },
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
    stopped.signal.throwIfAborted();
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
      partNumber += 1;
      const number = partNumber;
      const sending = sendPart(room, part, (bytes) => send(bytes, number)).finally(() => inFlight.delete(sending));
      // Its failure is seen by the race or the wait below; without this it could count as unhandled before.
      sending.catch(stop);
      inFlight.add(sending);
      if (inFlight.size >= partsInFlight) await Promise.race(inFlight);
      stopped.signal.throwIfAborted();
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
async function* prepend(first: Part[], rest: AsyncGenerator<Part>): AsyncGenerator<Part> {
  yield* first;
  yield* rest;
}

/**
 * Writes a body of any length into one object and returns its size. Written against the plain commands because the SDK's
 * managed upload goes on sending after a part failed, answers an abort before it has cleaned up, and leaves the upload open
 * when its completion fails.
 */
export async function uploadStream(
  client: S3Client,
  target: UploadTarget,
  body: Body,
  { room, signal }: { room: UploadRoom; signal: AbortSignal | undefined },
): Promise<number> {
  const parts = isLocalFile(body) ? cutFile(body, partSizeBytesOf) : gatherParts(body, room);
  const ahead: Part[] = [];
  try {
    for (let count = 0; count < 2; count += 1) {
      const { done, value } = await parts.next();
      if (done) break;
      ahead.push(value);
    }
    signal?.throwIfAborted();
    return ahead.length < 2
      ? await putWhole(client, target, ahead[0] ?? new PartBuffer(room), { room, signal })
      : await putInParts(client, target, prepend(ahead, parts), { room, signal });
  } finally {
    await Promise.all([parts.return(undefined), ...ahead.map((part) => part.release())]);
  }
}

async function putWhole(
  client: S3Client,
  target: UploadTarget,
  part: Part,
  { room, signal }: { room: UploadRoom; signal: AbortSignal | undefined },
): Promise<number> {
  const { sizeBytes } = part;
  await sendPart(room, part, (bytes) =>
    client.send(new PutObjectCommand({ ...target, Body: bytes }), signal === undefined ? {} : { abortSignal: signal }),
  );
  return sizeBytes;
}

async function putInParts(
  client: S3Client,
  target: UploadTarget,
  parts: AsyncIterable<Part>,
  { room, signal }: { room: UploadRoom; signal: AbortSignal | undefined },
): Promise<number> {
  let sizeBytes = 0;
  async function* counted(): AsyncGenerator<Part> {
    for await (const part of parts) {
      sizeBytes += part.sizeBytes;
      yield part;
    }
  }
  // Opening and completing are not abortable: an aborted request may still have been carried out, under an id nobody knows.
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
  if (UploadId === undefined) throw new Error('the store opened a multipart upload without an id');
  const upload = { Bucket: target.Bucket, Key: target.Key, UploadId };
  try {
    const completed = await sendParts(client, upload, { parts: counted(), room, signal });
    await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: completed } }));
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand(upload)).catch((abortError: unknown) => {
      throw new AggregateError([error, abortError], 'the upload failed, and so did removing its parts', { cause: error });
    });
    throw error;
  }
  return sizeBytes;
}
