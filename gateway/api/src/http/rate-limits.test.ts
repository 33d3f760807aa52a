import { memoryRates, type Rates } from '@streamflix/infra/rates';
import { afterEach, expect, test } from 'vitest';
import { TestGateway, testKey } from '../testkit/test-gateway.ts';
import { subjectOfAddress } from './rate-limits.ts';

let gateway: TestGateway;
let opened: TestGateway[] = [];
afterEach(async () => {
  for (const each of opened) await each.close();
  opened = [];
});

const open = async (changes: Partial<Record<'perAddress' | 'perCaller' | 'guesses', number>>, rates: Rates = memoryRates()) => {
  const many = 1_000_000;
  const settings = { rates: { perAddress: many, perCaller: many, guesses: many, ...changes } };
  gateway = await TestGateway.open(settings, undefined, undefined, { rates });
  opened.push(gateway);
};
const ask = (url: string, { key = testKey, from = '192.0.2.1' }: { key?: string; from?: string } = {}) =>
  gateway.app.inject({ url, headers: { 'x-api-key': key }, remoteAddress: from });

test('a caller is told how it stands, and refused over its limit with the time to come back', async () => {
  await open({ perCaller: 2 });
  const first = await ask('/api/v1/jobs');
  expect(first.headers).toMatchObject({
    'ratelimit-policy': '"key";q=2;w=60',
    ratelimit: '"key";r=1;t=30',
    'ratelimit-limit': '2',
    'ratelimit-remaining': '1',
  });
  await ask('/api/v1/jobs');
  const third = await ask('/api/v1/jobs');
  expect([third.statusCode, third.json().error]).toMatchObject([
    429,
    { code: 'RATE_LIMITED', details: { policy: 'key', limit: 2 } },
  ]);
  expect(third.headers['retry-after']).toBe('30');
});

test('an address is counted before anybody is asked for a name, and each apart', async () => {
  await open({ perAddress: 3 });
  const statuses = async (from: string) => {
    const answers = [];
    for (let time = 0; time < 4; time += 1) answers.push((await ask('/api/v1/jobs', { key: 'wrong', from })).statusCode);
    return answers;
  };
  expect(await statuses('192.0.2.1')).toEqual([401, 401, 401, 429]);
  expect(await statuses('192.0.2.2')).toEqual([401, 401, 401, 429]);
});

test('where secrets can be guessed an address has fewer requests', async () => {
  await open({ guesses: 1 });
  const login = () => gateway.app.inject({ method: 'POST', url: '/api/v1/auth/login', payload: {} });
  expect([(await login()).statusCode, (await login()).statusCode]).toEqual([400, 429]);
  expect((await ask('/api/v1/jobs')).statusCode).toBe(200);
});

test('health and packages are not counted', async () => {
  await open({ perAddress: 1 });
  for (let time = 0; time < 3; time += 1) {
    expect((await gateway.app.inject('/api/v1/health')).statusCode).toBe(200);
    expect((await gateway.app.inject('/media/none')).statusCode).toBe(404);
  }
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
])('%s is counted as %s', (address, subject) => {
  expect(subjectOfAddress(address)).toBe(subject);
});

test('the addresses of one IPv6 network are one subject', () => {
  expect(subjectOfAddress('2001:db8:0:1::1')).toBe(subjectOfAddress('2001:db8:0:1:ffff::2'));
  expect(subjectOfAddress('2001:db8:0:1::1')).not.toBe(subjectOfAddress('2001:db8:0:2::1'));
});
