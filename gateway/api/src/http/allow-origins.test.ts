import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestGateway, testKey } from '../testkit/test-gateway.ts';

const site = 'https://app.example.com';
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.open({ corsOrigins: [site], gatewayUrl: 'https://gateway.test' });
});
afterAll(() => gateway.close());

const ask = (origin: string) => gateway.app.inject({ url: '/api/v1/jobs', headers: { origin, 'x-api-key': testKey } });
const preflight = (origin: string, url = '/api/v1/jobs/x') =>
  gateway.app.inject({ method: 'OPTIONS', url, headers: { origin, 'access-control-request-method': 'PATCH' } });

test('a page of a site that is named may call the API and read what tells it how it stands', async () => {
  expect((await preflight(site)).headers).toMatchObject({ 'access-control-allow-origin': site });
  const { statusCode, headers } = await ask(site);
  expect([statusCode, headers['access-control-allow-origin']]).toEqual([200, site]);
  expect(headers['access-control-expose-headers']).toContain('RateLimit');
  expect(headers['access-control-allow-credentials']).toBeUndefined();
});

test('any other page gets no leave', async () => {
  for (const answer of [await preflight('https://evil.example'), await ask('https://evil.example')]) {
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  }
});

test('a stream of events tells a page the same, and that it is a stream', async () => {
  const { headers, stream } = await gateway.app.inject({
    url: '/api/v1/events',
    headers: { origin: site, 'x-api-key': testKey },
    payloadAsStream: true,
  });
  stream().destroy();
  expect(headers).toMatchObject({ 'access-control-allow-origin': site, 'content-type': 'text/event-stream; charset=utf-8' });
});

test('a page that may call may also open a socket, and no other', async () => {
  const upgrade = async (origin: string) =>
    (await gateway.app.inject({ url: '/api/v1/ws', headers: { origin, 'x-api-key': testKey } })).statusCode;
  // Past the check of origins the answer is only that this is no upgrade.
  expect([await upgrade(site), await upgrade('https://gateway.test')]).toEqual([426, 426]);
  expect(await upgrade('https://evil.example')).toBe(403);
});

test('over https browsers are told to stay there', async () => {
  expect((await ask(site)).headers['strict-transport-security']).toContain('max-age=31536000');
});
