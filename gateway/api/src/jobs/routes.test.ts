import { jobSchema, StreamflixError } from '@streamflix/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeJobLists } from '../testkit/describe-job-lists.ts';
import { describeJobStore } from '../testkit/describe-job-store.ts';
import { describeOneJob } from '../testkit/describe-one-job.ts';
import { TestGateway, testKey } from '../testkit/test-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.open();
  await gateway.storage.write({ key: 'in/a.mp4' }, Buffer.from('a video'), { contentType: 'video/mp4' });
});
afterEach(() => gateway.close());

describeJobStore('in memory', async (maxQueuedJobs = Number.POSITIVE_INFINITY) => {
  const opened = await TestGateway.open();
  opened.jobs.maxQueuedJobs = maxQueuedJobs;
  return opened;
});

describeJobLists('in memory', () => TestGateway.open());
describeOneJob('in memory', () => TestGateway.open());

const submit = (changes: object = {}) =>
  gateway.call('POST', '/api/v1/jobs', { sourceKey: 'in/a.mp4', videoId: 'v1', ...changes });

test('a job for an object is accepted and found where the answer says', async () => {
  const answer = await submit({ metadata: { title: 'x' }, priority: 10, deadlineAt: '2030-01-01T00:00:00+02:00' });
  expect(answer.statusCode).toBe(202);
  const job = jobSchema.parse(answer.json());
  expect(job).toMatchObject({
    videoId: 'v1',
    state: 'pending',
    priority: 10,
    contentType: 'video/mp4',
    metadata: { title: 'x' },
  });
  expect(job.source.sizeBytes).toBe(7);
  expect(job.deadlineAt).toBe('2029-12-31T22:00:00.000Z');
  expect(answer.headers.location).toBe(`/api/v1/jobs/${job.id}`);
  expect((await gateway.call('GET', String(answer.headers.location))).json()).toEqual(answer.json());
});

test('the same object is the same job, named or not, until its bytes change', async () => {
  const ids = new Set<string>();
  for (let time = 0; time < 2; time += 1) ids.add((await submit()).json().id);
  expect(ids.size).toBe(1);
  const unnamed = new Set<string>();
  for (let time = 0; time < 2; time += 1)
    unnamed.add((await gateway.call('POST', '/api/v1/jobs', { sourceKey: 'in/a.mp4' })).json().id);
  expect(unnamed.size).toBe(1);
  await gateway.storage.write({ key: 'in/a.mp4' }, Buffer.from('other bytes'));
  expect(ids.has((await submit()).json().id)).toBe(false);
});

test.each([
  ['an absent object', { sourceKey: 'in/none.mp4' }, 404, 'SOURCE_NOT_FOUND'],
  ['a bucket that is not allowed', { sourceBucket: 'secret-bucket' }, 403, 'SOURCE_FORBIDDEN'],
  ["another tenant's object", { sourceKey: 'tenants/other/videos/v/source/a.mp4' }, 403, 'SOURCE_FORBIDDEN'],
  ['a key that climbs', { sourceKey: '../other-bucket/a.mp4' }, 403, 'SOURCE_FORBIDDEN'],
  ['a priority out of range', { priority: 11 }, 400, 'VALIDATION_FAILED'],
  ['a field nobody knows', { sourcekey: 'x' }, 400, 'VALIDATION_FAILED'],
])('%s is refused in the documented form', async (_, changes, status, code) => {
  const answer = await submit(changes);
  expect(answer.statusCode).toBe(status);
  expect(answer.json()).toEqual({ error: { code, message: expect.any(String), details: expect.any(Object) } });
  expect(gateway.jobs.rows.size).toBe(0);
});

test('a fault in a body names the field', async () => {
  expect((await submit({ priority: 11 })).json().error.message).toContain('priority');
});

test('a body that is not JSON, too large or of another type is refused in the documented form', async () => {
  const send = (payload: string, type: string) =>
    gateway.app.inject({ method: 'POST', url: '/api/v1/jobs', headers: { 'x-api-key': testKey, 'content-type': type }, payload });
  const codes = [
    await send('{', 'application/json'),
    await send(`"${'x'.repeat(300_000)}"`, 'application/json'),
    await send('a', 'text/plain'),
  ];
  expect(codes.map((answer) => [answer.statusCode, answer.json().error.code])).toEqual([
    [400, 'VALIDATION_FAILED'],
    [413, 'PAYLOAD_TOO_LARGE'],
    [415, 'UNSUPPORTED_MEDIA_TYPE'],
  ]);
});

test.each([undefined, '', 'wrong', `${testKey}x`])('the key %j opens nothing', async (key) => {
  for (const [method, url] of [
    ['GET', '/api/v1/jobs'],
    ['POST', '/api/v1/jobs/upload'],
    ['GET', '/api/v1/jobs/x/events'],
  ] as const) {
    const answer = await gateway.app.inject({ method, url, headers: key === undefined ? {} : { 'x-api-key': key } });
    expect([answer.statusCode, answer.json().error.code]).toEqual([401, 'UNAUTHENTICATED']);
  }
});

test('an unknown id, one that is no id, and another tenant’s job are alike not found', async () => {
  const { id } = (await submit()).json();
  gateway.jobs.change(id, { tenantId: 'other' });
  for (const unknown of [id, 'not-an-id', '00000000-0000-4000-8000-000000000000']) {
    for (const method of ['GET', 'DELETE'] as const) {
      const answer = await gateway.call(method, `/api/v1/jobs/${unknown}`);
      expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'NOT_FOUND']);
    }
  }
});

test('a list is filtered by state and video', async () => {
  const { id } = (await submit()).json();
  await submit({ videoId: 'v2' });
  gateway.jobs.change(id, { state: 'transcoding' });
  const idsOf = async (query: string) =>
    (await gateway.call('GET', `/api/v1/jobs?${query}`)).json().items.map((job: { id: string }) => job.id);
  expect(await idsOf('state=transcoding')).toEqual([id]);
  expect(await idsOf('videoId=v1')).toEqual([id]);
  expect(await idsOf('state=completed')).toEqual([]);
});

test.each(['limit=0', 'limit=201', 'state=unheard', 'cursor=nonsense', 'offset=10001', 'metadata=x', 'total=yes'])(
  'the query %s is refused',
  async (query) => {
    expect((await gateway.call('GET', `/api/v1/jobs?${query}`)).statusCode).toBe(400);
  },
);

test('cancelling twice is no fault, cancelling what ended is a conflict', async () => {
  const { id } = (await submit()).json();
  for (let time = 0; time < 2; time += 1) {
    const answer = await gateway.call('DELETE', `/api/v1/jobs/${id}`);
    expect([answer.statusCode, answer.json().state]).toEqual([202, 'cancelled']);
  }
  gateway.jobs.change(id, { state: 'completed', outcome: null });
  const answer = await gateway.call('DELETE', `/api/v1/jobs/${id}`);
  expect([answer.statusCode, answer.json().error.code]).toEqual([409, 'CONFLICT']);
});

test('what failed or was cancelled can be retried, what runs or is completed cannot', async () => {
  const { id } = (await submit()).json();
  const retry = async (body?: object) => gateway.call('POST', `/api/v1/jobs/${id}/retry`, body);
  expect((await retry()).json().error).toMatchObject({ code: 'CONFLICT', details: { state: 'pending' } });
  await gateway.call('DELETE', `/api/v1/jobs/${id}`);
  expect((await retry({ renditions: ['8640p'] })).json().error.code).toBe('VALIDATION_FAILED');
  const unknown = await retry({ tasks: ['video-7'] });
  expect(unknown.json().error).toMatchObject({ code: 'VALIDATION_FAILED', message: expect.stringContaining('no task') });
  const answer = await retry();
  expect([answer.statusCode, answer.json().state]).toEqual([202, 'retrying']);
  gateway.jobs.change(id, { state: 'completed' });
  expect((await retry()).statusCode).toBe(409);
});

test('a completed job tells what VideoTranscoded told', async () => {
  const { id } = (await submit()).json();
  const results = [{ name: 'files-present', passed: true, detail: '' }];
  const verification = { passed: true, checks: 1, segments: 15, maxDurationErrorSeconds: 0.01, warnings: [], results };
  const outputs = {
    packagePrefix: `tenants/default/jobs/${id}/package/v1/`,
    packageVersion: 1,
    hlsManifestUrl: 'http://m/master.m3u8',
    dashManifestUrl: 'http://m/manifest.mpd',
    durationSeconds: 30,
    renditions: [
      { name: '720p', width: 1280, height: 720, bitrateKbps: 2800, codec: 'avc1.64001f', frameRate: 30, sizeBytes: 5 },
    ],
    audio: [
      {
        name: 'audio-deu',
        language: 'de',
        channels: 2,
        bitrateKbps: 128,
        codec: 'mp4a.40.2',
        sizeBytes: 5,
        label: 'Deutsch',
        isDefault: true,
      },
    ],
    text: [
      {
        name: 'text-deu',
        language: 'de',
        kind: 'subtitles',
        url: 'http://m/s.vtt',
        label: 'Deutsch',
        isForced: true,
        forHearingImpaired: false,
      },
    ],
    images: [],
  };
  gateway.jobs.change(id, { state: 'completed', outcome: { eventId: 'e', jobId: id, ...outputs, verification, metadata: {} } });
  expect((await gateway.call('GET', `/api/v1/jobs/${id}`)).json()).toMatchObject({
    progress: 1,
    outputs,
    verification,
    error: null,
  });
});

test('a job that an earlier version completed is told, with nothing where that version said nothing', async () => {
  const { id } = (await submit()).json();
  const track = { name: 'audio', language: null, channels: 2, bitrateKbps: 128, codec: 'mp4a.40.2', sizeBytes: 5 };
  const outcome = {
    eventId: 'e',
    packagePrefix: 'p/',
    packageVersion: 1,
    hlsManifestUrl: 'http://m/master.m3u8',
    dashManifestUrl: 'http://m/manifest.mpd',
    durationSeconds: 30,
    renditions: [],
    audio: [track],
    text: [],
    images: [],
    verification: { passed: true, checks: 9, segments: 15, maxDurationErrorSeconds: 0.01, warnings: [] },
  };
  gateway.jobs.change(id, { state: 'completed', outcome });
  const answer = await gateway.call('GET', `/api/v1/jobs/${id}`);
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({ outputs: { audio: [{ ...track, label: '' }] }, verification: { results: [] } });
});

test('faults inside are told without their particulars', async () => {
  gateway.jobs.failure = new Error('password of the database is hunter2');
  const broken = await gateway.call('GET', '/api/v1/jobs');
  expect([broken.statusCode, broken.json().error.code]).toEqual([500, 'INTERNAL_ERROR']);
  expect(broken.body).not.toContain('hunter2');
  gateway.jobs.failure = new StreamflixError('DATABASE_UNAVAILABLE', {
    message: 'db.internal:5432 refused',
    details: { host: 'db.internal' },
  });
  const away = await gateway.call('GET', '/api/v1/jobs');
  expect([away.statusCode, away.json().error.code, away.headers['retry-after']]).toEqual([503, 'DATABASE_UNAVAILABLE', '5']);
  expect(away.body).not.toContain('db.internal');
});
