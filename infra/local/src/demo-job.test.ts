import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiJob } from '@streamflix/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describePlayback, describeProgress, followJob, type Gateway, submitFile } from './demo-job.ts';

const job: ApiJob = {
  id: 'j1',
  videoId: 'v1',
  state: 'pending',
  source: { bucket: 'b', key: 'k', etag: 'e', sizeBytes: 1 },
  filename: 'clip.mp4',
  contentType: 'video/mp4',
  profile: null,
  priority: 5,
  requestedPriority: null,
  webhookUrl: null,
  deadlineAt: null,
  metadata: {},
  error: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: null,
  progress: 0,
  estimatedEndAt: null,
  tasks: [],
  plan: null,
  outputs: null,
  verification: null,
  origin: null,
};

let server: Server;
let gateway: Gateway;
let dir: string;
let bodies: string[];
let answers: { status: number; body: unknown }[];

beforeEach(async () => {
  bodies = [];
  dir = await mkdtemp(join(tmpdir(), 'demo-'));
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    bodies.push(`${request.method} ${request.url} ${request.headers['x-api-key']} ${body}`);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    response.writeHead(answer?.status ?? 500, { 'content-type': 'application/json' }).end(JSON.stringify(answer?.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  gateway = { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, apiKey: 'secret' };
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(dir, { recursive: true });
});

test('a file is uploaded with its name and the key', async () => {
  answers = [{ status: 202, body: job }];
  const file = join(dir, 'clip.mp4');
  await writeFile(file, 'the video');
  expect((await submitFile(gateway, file, AbortSignal.timeout(5_000))).id).toBe('j1');
  expect(bodies[0]).toMatch(/^POST \/api\/v1\/jobs\/upload secret /);
  expect(bodies[0]).toContain('name="file"; filename="clip.mp4"');
  expect(bodies[0]).toContain('the video');
});

test('a job is followed until it has ended', async () => {
  answers = [
    { status: 200, body: { ...job, state: 'transcoding', progress: 0.5 } },
    { status: 200, body: { ...job, state: 'failed', progress: 0.5 } },
  ];
  const seen: string[] = [];
  const ended = await followJob(gateway, 'j1', AbortSignal.timeout(5_000), ({ state }) => seen.push(state));
  expect(ended.state).toBe('failed');
  expect(seen).toEqual(['transcoding', 'failed']);
});

test("the gateway's refusal is shown with its words", async () => {
  answers = [{ status: 415, body: { error: { code: 'UNSUPPORTED_MEDIA_TYPE', message: 'no video' } } }];
  const following = followJob(gateway, 'j1', AbortSignal.timeout(5_000), () => undefined);
  await expect(following).rejects.toThrow(/415 .*UNSUPPORTED_MEDIA_TYPE/);
});

test('progress is one line, and a job without a package has nothing to play', () => {
  expect(describeProgress({ ...job, state: 'transcoding', progress: 0.5 })).toBe(
    `[${'#'.repeat(15)}${'.'.repeat(15)}]  50 %  transcoding`,
  );
  expect(describePlayback(job)).toEqual([]);
});
