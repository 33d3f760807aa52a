import type { ErrorAnswer } from '@streamflix/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestGateway, testKey } from '../testkit/test-gateway.ts';

let gateway: TestGateway;
let jobId: string;
let address: string;
beforeEach(async () => {
  gateway = await TestGateway.open();
  await gateway.storage.write({ key: 'a.mp4' }, Buffer.from('x'));
  jobId = (await gateway.call('POST', '/api/v1/jobs', { sourceKey: 'a.mp4' })).json().id;
  address = await gateway.app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(() => gateway.close());

const watch = (id: string) => fetch(`${address}/api/v1/jobs/${id}/events`, { headers: { 'x-api-key': testKey } });

async function readUntil(body: AsyncIterator<string>, wanted: string): Promise<string> {
  let text = '';
  while (!text.includes(wanted)) {
    const { done, value } = await body.next();
    if (done) throw new Error(`the stream ended without ${wanted}: ${text}`);
    text += value;
  }
  return text;
}

const textOf = ({ body }: Response): AsyncIterator<string> => {
  if (body === null) throw new Error('an answer without a body');
  return body.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
};

test('events come as they happen, with comments between, and the stream ends with the job', async () => {
  const answer = await watch(jobId);
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  const text = textOf(answer);
  expect(await readUntil(text, '\nevent: job\ndata: {')).toContain('retry: 2000');
  await readUntil(text, ': still here');
  gateway.jobs.change(jobId, { state: 'completed' });
  const rest = await readUntil(text, 'event: end');
  expect(rest.indexOf('event: job')).toBeLessThan(rest.indexOf('event: end'));
  while (!(await text.next()).done);
});

test('an unknown job is an ordinary 404', async () => {
  const answer = await watch('00000000-0000-4000-8000-000000000000');
  expect([answer.status, ((await answer.json()) as ErrorAnswer).error.code]).toEqual([404, 'NOT_FOUND']);
});

test('a watcher that hangs up is forgotten', async () => {
  const text = textOf(await watch(jobId));
  await readUntil(text, 'event: job');
  expect(gateway.watchers.has(jobId)).toBe(true);
  await text.return?.();
  await expect.poll(() => gateway.watchers.has(jobId)).toBe(false);
});

test('a gateway that shuts down does not wait for those who watch', async () => {
  const text = textOf(await watch(jobId));
  await readUntil(text, 'event: job');
  await gateway.app.close();
  while (!(await text.next()).done);
});
