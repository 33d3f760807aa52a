import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { uploadStream } from './s3-upload.ts';

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
  await expect(uploadStream(store.client, target, body, controller.signal)).rejects.toThrow();
  await delay(3 * writingMs);
  expect([...store.open]).toEqual([]);
  await store.close();
});
