import { randomUUID } from 'node:crypto';
import type { ApiJob } from '@streamflix/contracts';
import { addTasks, finishTask, inTransaction, lockJob } from '@streamflix/infra/work';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type IdentityGateway, openIdentityGateway } from '../testkit/identity-gateway.ts';

let it: IdentityGateway;
beforeAll(async () => {
  it = await openIdentityGateway();
});
afterAll(() => it.close());

const member = (method: 'GET' | 'POST' | 'DELETE', url: string, key = it.keys.member) => it.call(key, method, url);

/** A job that was cancelled after its sound was made and before its pictures were. */
async function halfDone(): Promise<ApiJob> {
  const sourceKey = `tenants/acme/${randomUUID()}.mp4`;
  await it.gateway.storage.write({ key: sourceKey }, Buffer.from('a video'));
  const { id } = (await it.call(it.keys.member, 'POST', '/api/v1/jobs', { payload: { sourceKey } })).json();
  const outbox = { send: () => undefined } as never;
  await inTransaction({ database: it.own.database, outbox }, async (unit) => {
    const job = await lockJob(unit, id);
    if (job === null) throw new Error('no job');
    const encode = { pool: 'encode', spec: { kind: 'probe' }, state: 'ready', predictedCpuSeconds: 1 } as const;
    const [audio] = await addTasks(
      unit,
      job,
      ['audio', 'images'].map((name) => ({ ...encode, name })),
    );
    if (audio === undefined) throw new Error('no task');
    await unit.db.execute(`update tasks set state = 'running', epoch = 1, lease_until = now() where id = '${audio.id}'`);
    await finishTask(unit, { taskId: audio.id, epoch: 1 }, { objects: [] }, 'w');
  });
  return (await member('DELETE', `/api/v1/jobs/${id}`)).json();
}

const stateOf = ({ tasks }: ApiJob, wanted: string): string | undefined => tasks.find(({ name }) => name === wanted)?.state;

test('a task that is done is made again, by its name or its id; what failed is made in any case', async () => {
  for (const told of ['name', 'id'] as const) {
    const job = await halfDone();
    expect([stateOf(job, 'audio'), stateOf(job, 'images')]).toEqual(['done', 'cancelled']);
    const task = job.tasks.find(({ name }) => name === 'audio');
    const answer = await member('POST', `/api/v1/jobs/${job.id}/tasks/${task?.[told]}/retry`);
    expect([answer.statusCode, answer.headers.location]).toEqual([202, `/api/v1/jobs/${job.id}`]);
    expect(answer.json().state).toBe('retrying');
    expect([stateOf(answer.json(), 'audio'), stateOf(answer.json(), 'images')]).toEqual(['ready', 'ready']);
  }
});

test('a retry of one task leaves the others that are done', async () => {
  const job = await halfDone();
  const answer = await member('POST', `/api/v1/jobs/${job.id}/tasks/images/retry`);
  expect([stateOf(answer.json(), 'audio'), stateOf(answer.json(), 'images')]).toEqual(['done', 'ready']);
});

test('many at once are one retry; the others conflict', async () => {
  const job = await halfDone();
  const answers = await Promise.all(Array.from({ length: 6 }, () => member('POST', `/api/v1/jobs/${job.id}/tasks/audio/retry`)));
  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([202, 409, 409, 409, 409, 409]);
});

test('a retry and a cancellation at the same moment leave a job that is one or the other, with an outcome if it ended', async () => {
  const job = await halfDone();
  await Promise.all([
    member('POST', `/api/v1/jobs/${job.id}/tasks/audio/retry`),
    member('DELETE', `/api/v1/jobs/${job.id}`),
    member('POST', `/api/v1/jobs/${job.id}/tasks/images/retry`),
  ]);
  const now: ApiJob = (await member('GET', `/api/v1/jobs/${job.id}`)).json();
  const states = [stateOf(now, 'audio'), stateOf(now, 'images')];
  if (now.state === 'cancelled') expect(states).not.toContain('ready');
  else expect([now.state, states.includes('ready')]).toEqual(['retrying', true]);
});

test("a task that the job does not have, and another tenant's, are not found", async () => {
  const job = await halfDone();
  const { key } = await it.newKey('member', { tenantId: 'globex' });
  for (const [url, who] of [
    [`/api/v1/jobs/${job.id}/tasks/video-9/retry`, it.keys.member],
    [`/api/v1/jobs/${job.id}/tasks/audio/retry`, key],
    [`/api/v1/jobs/${randomUUID()}/tasks/audio/retry`, it.keys.member],
  ] as const)
    expect((await member('POST', url, who)).json().error.code).toBe('NOT_FOUND');
});
