import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sampleClip } from '../support/clips.ts';
import { encodersOf } from '../support/encoders.ts';
import { call, uploadForm, watchJob } from '../support/gateway-client.ts';
import { OutcomeReader } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { newVideoId, uploadSource } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

let platform: RunningPlatform;
let outcomes: OutcomeReader;
let webhooks: WebhookReceiver;

beforeAll(async () => {
  outcomes = new OutcomeReader();
  webhooks = await startWebhookReceiver();
  platform = await startPlatform('gateway');
});
afterAll(async () => {
  outcomes.close();
  await platform.stop();
  await webhooks.close();
});

const errorOf = ({ body }: { body: Record<string, unknown> }) => body.error as Record<string, unknown>;

async function storedSource(name: string, clip: 'tiny' | 'long' = 'tiny'): Promise<{ videoId: string; sourceKey: string }> {
  const videoId = newVideoId(name);
  const { sourceKey } = await uploadSource(videoId, await sampleClip(clip));
  return { videoId, sourceKey: String(sourceKey) };
}

test('an upload is accepted, can be watched live to its end, and its package is told', async () => {
  const videoId = newVideoId('uploaded');
  const form = uploadForm(await sampleClip('ordinary'), { fields: { videoId, metadata: '{"title":"Ferien"}' } });
  const accepted = await call('POST', '/jobs/upload', { body: form });
  expect(accepted).toMatchObject({ status: 202, body: { videoId, metadata: { title: 'Ferien' } } });

  const events = await watchJob(String(accepted.body.id));
  expect(events[0]).toMatchObject({ event: 'job', data: { videoId } });
  const fractions = events.filter(({ event }) => event === 'progress').map(({ data }) => Number(data.progress));
  expect(fractions.length).toBeGreaterThan(2);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(events.at(-1)).toMatchObject({ event: 'end', data: { state: 'completed', progress: 1 } });

  const { body } = await call('GET', `/jobs/${accepted.body.id}`);
  const outcome = await outcomes.waitFor(videoId);
  expect(body.outputs).toMatchObject({ hlsManifestUrl: outcome.event.hlsManifestUrl });
});

test('a request’s trace goes on to the outcome', async () => {
  const traceId = randomBytes(16).toString('hex');
  const source = await storedSource('traced');
  const headers = { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` };
  expect((await call('POST', '/jobs', { json: source, headers })).status).toBe(202);
  expect((await outcomes.waitFor(source.videoId)).headers.traceparent).toContain(traceId);
});

test('the same object asked for twice is one job', async () => {
  const source = await storedSource('twice');
  const answers = await Promise.all([call('POST', '/jobs', { json: source }), call('POST', '/jobs', { json: source })]);
  expect(answers.map(({ status }) => status)).toEqual([202, 202]);
  expect(answers[0]?.body.id).toBe(answers[1]?.body.id);
  await outcomes.waitFor(source.videoId);
  expect(outcomes.idsOf(source.videoId)).toHaveLength(1);
});

test('pages of the list hold every job once, newest first', async () => {
  const source = await storedSource('listed');
  const { body } = await call('POST', '/jobs', { json: source });
  const ids: unknown[] = [];
  for (let cursor = ''; ids.length < 200; ) {
    const page = await call('GET', `/jobs?limit=2${cursor}`);
    ids.push(...(page.body.items as { id: string }[]).map(({ id }) => id));
    if (page.body.nextCursor === null) break;
    cursor = `&cursor=${encodeURIComponent(String(page.body.nextCursor))}`;
  }
  expect(ids[0]).toBe(body.id);
  expect(ids.length).toBeGreaterThan(2);
  expect(new Set(ids).size).toBe(ids.length);
  await outcomes.waitFor(source.videoId);
  const failed = await call('GET', '/jobs?state=failed');
  expect((failed.body.items as { state: string }[]).every(({ state }) => state === 'failed')).toBe(true);
});

test('cancelling in the middle ends the encoder and the job, with one outcome', async () => {
  const source = await storedSource('cancelled', 'long');
  const { body } = await call('POST', '/jobs', { json: source });
  const pid = platform.pidOf('encode') ?? 0;
  await waitFor('an encoder at work', () => (encodersOf(pid).length > 0 ? true : undefined));
  expect(await call('DELETE', `/jobs/${body.id}`)).toMatchObject({ status: 202, body: { state: 'cancelled' } });
  await waitFor('the end of the encoder', () => (encodersOf(pid).length === 0 ? true : undefined), { withinMs: 10_000 });
  const outcome = await outcomes.waitFor(source.videoId);
  expect(outcome).toMatchObject({ topic: 'video.failed', event: { code: 'JOB_CANCELLED' } });
  expect((await call('DELETE', `/jobs/${body.id}`)).status).toBeLessThan(300);
  expect((await call('GET', `/jobs/${body.id}`)).body.state).toBe('cancelled');
});

test('webhooks of one video come in order, also when the receiver refuses the first', async () => {
  webhooks.answerNext(500);
  const videoId = newVideoId('ordered');
  for (const webhookUrl of [webhooks.url, webhooks.url]) {
    const form = uploadForm(await sampleClip('tiny'), { fields: { videoId, webhookUrl } });
    const { body } = await call('POST', '/jobs/upload', { body: form });
    await waitFor('the end of the job', async () =>
      (await call('GET', `/jobs/${body.id}`)).body.state === 'completed' ? true : undefined,
    );
  }
  await waitFor('three deliveries', () => (webhooks.received.length >= 3 ? true : undefined));
  const told = await waitFor('two outcomes', () => {
    const ids = outcomes.idsOf(videoId);
    return ids.length >= 2 ? ids : undefined;
  });
  expect(webhooks.received.map(({ id }) => id)).toEqual([told[0], told[0], told[1]]);
  expect(webhooks.received.every(({ isSigned }) => isSigned)).toBe(true);
});

describe('what is refused is refused with a typed error', () => {
  const refusals: [string, () => ReturnType<typeof call>, number, string][] = [
    ['a wrong key', () => call('GET', '/jobs', { headers: { 'x-api-key': 'wrong' } }), 401, 'UNAUTHENTICATED'],
    ['an unknown job', () => call('GET', '/jobs/00000000-0000-5000-8000-000000000000'), 404, 'NOT_FOUND'],
    ['a body of another form', () => call('POST', '/jobs', { json: { key: 'a' } }), 400, 'VALIDATION_FAILED'],
    ['an absent object', () => call('POST', '/jobs', { json: { sourceKey: 'nobody/nothing.mp4' } }), 404, 'SOURCE_NOT_FOUND'],
    [
      'another tenant’s object',
      () => call('POST', '/jobs', { json: { sourceKey: 'tenants/other/videos/v/source/a.mp4' } }),
      403,
      'SOURCE_FORBIDDEN',
    ],
    [
      'a key that climbs',
      () => call('POST', '/jobs', { json: { sourceKey: 'tenants/default/../other/a.mp4' } }),
      403,
      'SOURCE_FORBIDDEN',
    ],
    [
      'too much metadata',
      () => call('POST', '/jobs', { json: { sourceKey: 'a', metadata: { k: 'v'.repeat(300_000) } } }),
      413,
      'PAYLOAD_TOO_LARGE',
    ],
    ['an unknown dependency', () => call('GET', '/health/coffee'), 404, 'NOT_FOUND'],
  ];
  test.each(refusals)('%s', async (_name, request, status, code) => {
    const answer = await request();
    expect(answer.status).toBe(status);
    expect(errorOf(answer)).toMatchObject({ code, message: expect.any(String), details: expect.any(Object) });
  });

  test('a document named .mp4', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'streamflix-document-')), 'a.mp4');
    writeFileSync(path, `%PDF-1.7\n${' '.repeat(2000)}`);
    const answer = await call('POST', '/jobs/upload', { body: uploadForm(path) });
    expect([answer.status, errorOf(answer).code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });
});

test('a file name that climbs stays inside its folder', async () => {
  const videoId = newVideoId('climbing');
  const form = uploadForm(await sampleClip('tiny'), { filename: '../../../etc/passwd', fields: { videoId } });
  const { status, body } = await call('POST', '/jobs/upload', { body: form });
  expect(status).toBe(202);
  expect((body.source as { key: string }).key).toMatch(
    new RegExp(`^tenants/default/videos/${videoId}/source/[0-9a-f-]{36}/[^/]+$`),
  );
  expect((await outcomes.waitFor(videoId)).topic).toBe('video.transcoded');
});

test('every dependency is up, each by its name', async () => {
  const { status, body } = await call('GET', '/health');
  expect([status, body.status]).toEqual([200, 'up']);
  const names = Object.keys(body.dependencies as object);
  expect(names.length).toBeGreaterThanOrEqual(5);
  for (const name of names) expect(await call('GET', `/health/${name}`)).toMatchObject({ status: 200, body: { status: 'up' } });
});
