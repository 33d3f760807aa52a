import { once } from 'node:events';
import { StreamflixError, toFinding, type VerificationLine } from '@streamflix/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestGateway, testKey } from '../testkit/test-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.open();
});
afterEach(() => gateway.close());

const finding = { type: 'finding', ...toFinding('j1', 'object-missing', 'published', 'store: x') } as const;
const summary = { type: 'summary', jobs: 2, findings: 1, changing: 0 } as const;
const linesOf = (body: string): VerificationLine[] =>
  body
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as VerificationLine);

test('findings come a line each, and the summary last', async () => {
  let asked: unknown;
  gateway.verification.run = async function* (scope) {
    asked = scope;
    yield finding;
    yield summary;
  };
  const answer = await gateway.call('GET', '/api/v1/verification?since=2h');
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, expect.stringContaining('application/x-ndjson')]);
  expect(linesOf(answer.body)).toEqual([finding, summary]);
  expect(asked).toEqual({ sinceMs: 7_200_000, jobId: undefined });
});

test.each([
  ['a span of time that is none', '?since=yesterday', 400],
  ['a job id that is none', '?jobId=1', 400],
  ['an unknown field', '?tenant=x', 400],
])('%s is refused', async (_, query, status) => {
  expect((await gateway.call('GET', `/api/v1/verification${query}`)).statusCode).toBe(status);
});

test('without the key nothing is told', async () => {
  expect((await gateway.app.inject({ method: 'GET', url: '/api/v1/verification' })).statusCode).toBe(401);
});

test('what is away before the first line is told by the status, afterwards by the last line', async () => {
  gateway.verification.run = async function* () {
    yield* [];
    throw new StreamflixError('DATABASE_UNAVAILABLE');
  };
  expect((await gateway.call('GET', '/api/v1/verification')).statusCode).toBe(503);
  gateway.verification.run = async function* () {
    yield finding;
    throw new StreamflixError('STORE_UNAVAILABLE');
  };
  const lines = linesOf((await gateway.call('GET', '/api/v1/verification')).body);
  expect(lines).toEqual([finding, { type: 'error', code: 'STORE_UNAVAILABLE', message: 'The object store does not answer.' }]);
});

test('one runs at a time, and one whose reader is gone ends', async () => {
  const address = await gateway.app.listen({ host: '127.0.0.1', port: 0 });
  const ended = Promise.withResolvers<void>();
  gateway.verification.run = async function* (_scope, signal) {
    yield finding;
    await once(signal, 'abort');
    ended.resolve();
  };
  const leaving = new AbortController();
  const ask = (signal?: AbortSignal) =>
    fetch(`${address}/api/v1/verification`, { headers: { 'x-api-key': testKey }, ...(signal && { signal }) });
  const first = await ask(leaving.signal);
  const second = await ask();
  expect([first.status, second.status, second.headers.get('retry-after')]).toEqual([200, 429, '30']);
  leaving.abort();
  await ended.promise;
  gateway.verification.run = async function* () {
    yield summary;
  };
  await expect.poll(async () => (await ask()).status).toBe(200);
});
