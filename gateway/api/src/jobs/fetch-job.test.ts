import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestGateway } from '../testkit/test-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.open();
});
afterEach(() => gateway.close());

const url = 'https://films.example/2026/My%20holiday.mp4?token=secret';
const fromUrl = (changes: object = {}) => gateway.call('POST', '/api/v1/jobs', { source: { url }, ...changes });
const fromFolder = (changes: object = {}) =>
  gateway.call('POST', '/api/v1/jobs/filesystem', { folder: 'media', path: '2026/holiday.mp4', ...changes });

test('a job for a URL is accepted at once, with all that may be said of it', async () => {
  const options = { videoId: 'v1', priority: 3, metadata: { title: 'x' }, webhookUrl: 'https://example.com/hook' };
  const answer = await fromUrl({ ...options, deadlineAt: '2099-01-01T00:00:00Z' });
  expect([answer.statusCode, answer.headers.location]).toEqual([202, `/api/v1/jobs/${answer.json().id}`]);
  expect(answer.json()).toMatchObject({ ...options, filename: 'My holiday.mp4', state: 'pending', source: { sizeBytes: null } });
});

test('where a source comes from is told without what may be a secret', async () => {
  const { id } = (await fromUrl()).json();
  const text = (await gateway.call('GET', `/api/v1/jobs/${id}`)).body;
  expect(JSON.parse(text).origin).toEqual({ kind: 'url', url: 'https://films.example/2026/My%20holiday.mp4' });
  expect(text).not.toContain('secret');
});

test('a job for a file of a folder is accepted at once', async () => {
  const answer = await fromFolder({ videoId: 'v1' });
  expect([answer.statusCode, answer.headers.location]).toEqual([202, `/api/v1/jobs/${answer.json().id}`]);
  const origin = { kind: 'folder', folder: 'media', path: '2026/holiday.mp4' };
  expect(answer.json()).toMatchObject({ videoId: 'v1', filename: 'holiday.mp4', origin });
});

test('what lies in the store comes from nowhere else', async () => {
  await gateway.storage.write({ key: 'in/a.mp4' }, Buffer.from('a video'));
  expect((await gateway.call('POST', '/api/v1/jobs', { sourceKey: 'in/a.mp4' })).json().origin).toBeNull();
});

test('each is another job: what lies elsewhere may have changed', async () => {
  const ids = [await fromUrl({ videoId: 'v1' }), await fromUrl({ videoId: 'v1' })].map((answer) => answer.json().id);
  expect(new Set(ids).size).toBe(2);
});

test.each([
  ['of this machine', 'https://127.0.0.1/'],
  ['of this machine as a number', 'https://2130706433/'],
  ['of a metadata service', 'https://169.254.169.254/'],
  ['with credentials', 'https://user:secret@films.example/'],
  ['without encryption', 'http://films.example/'],
  ['of another port', 'https://films.example:6379/'],
  ['of a file', 'file:///etc/passwd'],
  ['that is none', 'films'],
])('a URL %s is refused at the door', async (_name, refused) => {
  const answer = await fromUrl({ source: { url: refused } });
  expect([answer.statusCode, answer.json().error.code]).toEqual([422, 'SOURCE_URL_FORBIDDEN']);
  expect(gateway.jobs.rows.size).toBe(0);
});

test.each(['../secret', '/etc/passwd', '.hidden', 'a/../b', 'a//b', 'a\\b', 'a\0b', ''])(
  'the path %j is refused at the door',
  async (path) => {
    const answer = await fromFolder({ path });
    expect([answer.statusCode, answer.json().error.code]).toEqual([400, 'VALIDATION_FAILED']);
  },
);

test.each(['none', 'constructor', '__proto__'])('a folder that nobody opened is refused: %s', async (folder) => {
  const answer = await fromFolder({ folder });
  expect([answer.statusCode, answer.json().error.code]).toEqual([403, 'SOURCE_FORBIDDEN']);
});

test.each([
  ['both', { sourceKey: 'in/a.mp4', source: { url } }],
  ['neither', {}],
  ['something unknown beside it', { source: { url, method: 'POST' } }],
])('a request that names %s is refused', async (_name, body) => {
  const answer = await gateway.call('POST', '/api/v1/jobs', body);
  expect([answer.statusCode, answer.json().error.code]).toEqual([400, 'VALIDATION_FAILED']);
});

test('a profile nobody knows and a tenant with its fill are said at the door', async () => {
  expect((await fromUrl({ profile: 'none' })).json().error.code).toBe('PROFILE_UNKNOWN');
  gateway.jobs.maxQueuedJobs = 0;
  expect([(await fromUrl()).statusCode, (await fromFolder()).statusCode]).toEqual([429, 429]);
});
