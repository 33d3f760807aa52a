import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { ByteBudget } from './byte-budget.ts';
import { openUploadRoom, uploadStream } from './s3-upload.ts';

const mebibyte = 1024 * 1024;
const writingMs = 150;

/** A store that goes on writing a part whose sender hung up, and with it brings back an upload that was removed meanwhile. */
async function startSlowStore(onPartReceived: () => void) {
  const open = new Set<string>();
  const server = createServer(async (request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://store');
    const uploadId = searchParams.get('uploadId') ?? 'u1';
    if (request.method === 'PUT') {
      await text(request);
      onPartReceived();
      await delay(writingMs);
    }
    if (request.method === 'DELETE') open.delete(uploadId);
    else open.add(uploadId);
    response.setHeader('etag', '"e"');
    response.end(
      request.method === 'POST' ? '<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>' : '',
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${address.port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  return {
    client,
    open,
    close: async () => {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('an upload that was given up does not come back with a part the store was still writing', async () => {
  const controller = new AbortController();
  const store = await startSlowStore(() => controller.abort(new Error('enough')));
  const body = Readable.from([randomBytes(16 * mebibyte), randomBytes(16 * mebibyte)]);
  const target = { Bucket: 'b', Key: 'k' };
  await expect(
    uploadStream(store.client, target, body, { room: openUploadRoom(tmpdir()), signal: controller.signal }),
  ).rejects.toThrow();
  await delay(3 * writingMs);
  expect([...store.open]).toEqual([]);
  await store.close();
});

test.each([
  ['arrive', () => undefined],
  ['are given up', (controller: AbortController) => controller.abort(new Error('enough'))],
])(
  'uploads that %s give back all the memory they took, and never had more than they share',
  async (_, onPartReceived) => {
    const controller = new AbortController();
    const store = await startSlowStore(() => onPartReceived(controller));
    const dir = await mkdtemp(join(tmpdir(), 'uploads-'));
    const room = { memory: new ByteBudget(10 * mebibyte), sending: new ByteBudget(10 * mebibyte), spare: [], dir };
    const chunk = randomBytes(mebibyte);
    const ends = await Promise.allSettled(
      Array.from({ length: 4 }, (_each, index) => {
        const body = Readable.from(Array.from({ length: 12 }, () => chunk));
        const { signal } = controller;
        return uploadStream(store.client, { Bucket: 'b', Key: `k${index}` }, body, { room, signal });
      }),
    );
    for (const end of ends) {
      if (controller.signal.aborted) expect(end).toMatchObject({ reason: { message: 'enough' } });
      else expect(end).toEqual({ status: 'fulfilled', value: 12 * mebibyte });
    }
    expect(room.memory.tryTake(10 * mebibyte)).toBe(true);
    expect(room.sending.tryTake(10 * mebibyte)).toBe(true);
    expect(room.spare.length).toBeLessThanOrEqual(2);
    await store.close();
    await rm(dir, { recursive: true });
  },
  30_000,
);
