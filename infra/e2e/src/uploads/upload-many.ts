import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { StorageProvider } from '@streamflix/infra/storage';
import { hashOfMade, madeFile } from './made-file.ts';

export interface Gateway {
  url: string;
  apiKey: string;
  pid: number;
}

export interface UploadsReport {
  uploads: number;
  sizeBytes: number;
  seconds: number;
  /** Of the gateway's process, at its highest since it started. */
  peakMemoryBytes: number;
  /** What of an upload was not as it was sent. */
  faults: string[];
}

const boundary = 'a-boundary-of-the-test';

type Pieces = Iterable<Buffer> | AsyncIterable<Buffer>;

async function* form(videoId: string, file: Pieces): AsyncGenerator<Buffer> {
  yield Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="videoId"\r\n\r\n${videoId}\r\n`);
  const disposition = 'content-disposition: form-data; name="file"; filename="made.mp4"';
  yield Buffer.from(`--${boundary}\r\n${disposition}\r\ncontent-type: video/mp4\r\n\r\n`);
  yield* file;
  yield Buffer.from(`\r\n--${boundary}--\r\n`);
}

interface Accepted {
  source: { key: string; sizeBytes: number };
}

/** Sends a made file as a form, at whatever pace the gateway takes it. Rejects when the connection ends before the answer. */
export async function uploadMade(
  { url, apiKey }: Omit<Gateway, 'pid'>,
  videoId: string,
  { file, ...options }: { file: Pieces; agent?: Agent; signal?: AbortSignal },
): Promise<Accepted> {
  const headers = { 'x-api-key': apiKey, 'content-type': `multipart/form-data; boundary=${boundary}` };
  const sending = request(`${url}/api/v1/jobs/upload`, { method: 'POST', headers, ...options });
  const { promise, resolve, reject } = Promise.withResolvers<Accepted>();
  sending.on('error', reject);
  sending.on('response', (answer) => {
    const isAccepted = answer.statusCode === 202;
    json(answer).then(
      (body) => (isAccepted ? resolve(body as Accepted) : reject(new Error(`${answer.statusCode} ${JSON.stringify(body)}`))),
      reject,
    );
  });
  const sent = pipeline(Readable.from(form(videoId, file), { objectMode: false }), sending);
  const [accepted] = await Promise.all([promise, sent]);
  return accepted;
}

/** The kernel keeps the highest value: nothing between two looks is missed. */
function peakMemoryBytes(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) * 1024;
}

async function hashStored(storage: StorageProvider, key: string): Promise<string> {
  const sha256 = createHash('sha256');
  for await (const chunk of await storage.read({ key })) sha256.update(chunk);
  return sha256.digest('hex');
}

/** Uploads so many files at once to one gateway, and compares what lies in the store with what was sent. */
export async function uploadMany(
  gateway: Gateway,
  storage: StorageProvider,
  { name, count, sizeBytes }: { name: string; count: number; sizeBytes: number },
): Promise<UploadsReport> {
  const agent = new Agent({ maxSockets: count });
  const startedAt = performance.now();
  const videoIds = Array.from({ length: count }, (_, index) => `${name}-${index}`);
  const uploads = await Promise.allSettled(
    videoIds.map((videoId) => uploadMade(gateway, videoId, { file: madeFile(videoId, sizeBytes), agent })),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const peak = peakMemoryBytes(gateway.pid);
  agent.destroy();
  const faults: string[] = [];
  for (const [index, upload] of uploads.entries()) {
    const videoId = videoIds[index] ?? '';
    if (upload.status === 'rejected') faults.push(`${videoId}: ${upload.reason}`);
    else if ((await hashStored(storage, upload.value.source.key)) !== hashOfMade(videoId, sizeBytes))
      faults.push(`${videoId}: the store holds other bytes than were sent`);
  }
  return { uploads: count, sizeBytes, seconds, peakMemoryBytes: peak, faults };
}
