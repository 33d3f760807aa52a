import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestGateway } from '../testkit/test-gateway.ts';

const job = 'tenants/default/jobs/0f4a2b1c-0000-4000-8000-000000000001';
const segment = `${job}/package/v1/720p/1.m4s`;
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.open();
  await gateway.storage.write({ key: segment }, Buffer.from('0123456789'));
  await gateway.storage.write({ key: `${job}/package/v1/master.m3u8` }, Buffer.from('#EXTM3U'), {
    contentType: 'application/vnd.apple.mpegurl',
  });
  await gateway.storage.write({ key: `${job}/work/t/e1/x` }, Buffer.from('work'));
  await gateway.storage.write({ key: 'tenants/default/videos/v/source/a.mp4' }, Buffer.from('source'));
});
afterAll(() => gateway.close());

const get = (key: string, headers: Record<string, string> = {}) =>
  gateway.app.inject({ method: 'GET', url: `/media/${key}`, headers });

test('an object of a package is served to players of any site, to be kept for ever', async () => {
  const answer = await get(`${job}/package/v1/master.m3u8`, { origin: 'https://player.example' });
  expect([answer.statusCode, answer.body]).toEqual([200, '#EXTM3U']);
  expect(answer.headers).toMatchObject({
    'content-type': 'application/vnd.apple.mpegurl',
    'access-control-allow-origin': '*',
    'cache-control': 'public, max-age=31536000, immutable',
    'accept-ranges': 'bytes',
    'content-length': '7',
  });
});

test('an object without a type gets the one of its name', async () => {
  expect((await get(segment)).headers['content-type']).toBe('video/mp4');
});

test('a range is served as one, and one behind the end is refused', async () => {
  const part = await get(segment, { range: 'bytes=2-4' });
  expect([part.statusCode, part.body, part.headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10']);
  const behind = await get(segment, { range: 'bytes=10-' });
  expect([behind.statusCode, behind.headers['content-range']]).toEqual([416, 'bytes */10']);
});

test('who has the object already is told so, and a range of another version becomes the whole', async () => {
  const etag = String((await get(segment)).headers.etag);
  expect((await get(segment, { 'if-none-match': etag })).statusCode).toBe(304);
  expect((await get(segment, { range: 'bytes=2-4', 'if-range': etag })).statusCode).toBe(206);
  expect((await get(segment, { range: 'bytes=2-4', 'if-range': '"another"' })).body).toBe('0123456789');
});

test('HEAD tells the size and sends nothing', async () => {
  const answer = await gateway.app.inject({ method: 'HEAD', url: `/media/${segment}` });
  expect([answer.statusCode, answer.headers['content-length'], answer.body]).toEqual([200, '10', '']);
});

test('a browser may ask for ranges across sites', async () => {
  const headers = {
    origin: 'https://player.example',
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'range',
  };
  const answer = await gateway.app.inject({ method: 'OPTIONS', url: `/media/${segment}`, headers });
  expect(answer.statusCode).toBe(204);
  expect(String(answer.headers['access-control-allow-headers']).toLowerCase()).toContain('range');
});

test.each([
  'tenants/default/videos/v/source/a.mp4',
  `${job}/work/t/e1/x`,
  `${job}/package/v1/../../work/t/e1/x`,
  `${job}/package/v1/%2e%2e/%2e%2e/work/t/e1/x`,
  `${job}/package/v1/absent`,
  `${job}/package/`,
  '',
])('nothing but packages is reachable: %s', async (key) => {
  const answer = await get(key);
  expect(answer.statusCode).toBe(404);
  expect(answer.headers['cache-control']).toBe('no-store');
});
