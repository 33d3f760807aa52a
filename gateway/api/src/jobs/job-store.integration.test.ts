import { createTestLogger } from '@streamflix/infra/telemetry';
import { createTestDatabase, RecordingBus, type TestDatabase } from '@streamflix/infra/testkit';
import { OutboxRelay } from '@streamflix/infra/work';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { describeJobLists } from '../testkit/describe-job-lists.ts';
import { describeJobStore } from '../testkit/describe-job-store.ts';
import { describeOneJob } from '../testkit/describe-one-job.ts';
import { TestGateway } from '../testkit/test-gateway.ts';
import { openJobStore } from './job-store.ts';

let own: TestDatabase;
let bus: RecordingBus;
let gateway: TestGateway;
let outbox: OutboxRelay;

beforeAll(async () => {
  own = await createTestDatabase();
  bus = new RecordingBus();
  const { database } = own;
  outbox = new OutboxRelay({ database, bus, logger: createTestLogger() });
  gateway = await TestGateway.open({}, openJobStore({ database, outbox }, {}));
});
afterAll(async () => {
  await gateway.close();
  await outbox.drain();
  await own.drop();
});
beforeEach(() => {
  bus.published.length = 0;
});

async function submit(videoId: string): Promise<{ status: number; id: string }> {
  await gateway.storage.write({ key: `in/${videoId}.mp4` }, Buffer.from('a video'));
  const answer = await gateway.call('POST', '/api/v1/jobs', { sourceKey: `in/${videoId}.mp4`, videoId, metadata: { a: 'b' } });
  return { status: answer.statusCode, id: answer.json().id };
}

async function openEmpty(maxQueuedJobs?: number): Promise<TestGateway> {
  const { database } = own;
  await database.query((db) => db.execute(sql`truncate jobs, tasks, renditions, outbox, history cascade`));
  return TestGateway.open({}, openJobStore({ database, outbox }, { maxQueuedJobs }));
}

describeJobStore('in PostgreSQL', openEmpty);
describeJobLists('in PostgreSQL', () => openEmpty());
describeOneJob('in PostgreSQL', () => openEmpty());

test('of many who submit at a time no more are accepted than the tenant may have', async () => {
  const { database } = own;
  await database.query((db) => db.execute(sql`truncate jobs, tasks, renditions, outbox, history cascade`));
  const limited = await TestGateway.open({}, openJobStore({ database, outbox }, { maxQueuedJobs: 3 }));
  await limited.storage.write({ key: 'in/a.mp4' }, Buffer.from('a video'));
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      limited.call('POST', '/api/v1/jobs', { sourceKey: 'in/a.mp4', videoId: `at-once-${index}` }),
    ),
  );
  expect(answers.filter(({ statusCode }) => statusCode === 202)).toHaveLength(3);
  expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(7);
  await limited.close();
  await database.query((db) => db.execute(sql`truncate jobs, tasks, renditions, outbox, history cascade`));
});

test('a priority that the tenant may not have is lowered at the door and when it is changed, and the answer says so', async () => {
  const { database } = own;
  const limited = await TestGateway.open({}, openJobStore({ database, outbox }, { maxPriority: 5 }));
  await limited.storage.write({ key: 'in/a.mp4' }, Buffer.from('a video'));
  const asked = { sourceKey: 'in/a.mp4', videoId: 'pushy', priority: 10 };
  const job = (await limited.call('POST', '/api/v1/jobs', asked)).json();
  expect([job.priority, job.requestedPriority]).toEqual([5, 10]);
  const changed = (await limited.call('PATCH', `/api/v1/jobs/${job.id}`, { priority: 9 })).json();
  expect([changed.priority, changed.requestedPriority]).toEqual([5, 9]);
  await limited.close();
  await database.query((db) => db.execute(sql`truncate jobs, tasks, renditions, outbox, history cascade`));
});

test('a submitted job is in the database and told as VideoUploaded, once, however many ask at a time', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => submit('many')));
  expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  await outbox.drain();
  expect(bus.published.map(({ topic, key }) => [topic, key])).toEqual([['video.uploaded', 'many']]);
  expect(bus.published[0]?.value).toMatchObject({ tenantId: 'default', sourceKey: 'in/many.mp4', metadata: { a: 'b' } });
});

test('a job is accepted while Kafka is away', async () => {
  bus.isAway = true;
  expect((await submit('offline')).status).toBe(202);
  await outbox.drain();
  bus.isAway = false;
});

test('cancelling ends the job with its outcome, and again changes nothing', async () => {
  const { id } = await submit('cancelled');
  for (let time = 0; time < 2; time += 1) expect((await gateway.call('DELETE', `/api/v1/jobs/${id}`)).statusCode).toBe(202);
  const job = (await gateway.call('GET', `/api/v1/jobs/${id}`)).json();
  expect(job).toMatchObject({ state: 'cancelled', error: { code: 'JOB_CANCELLED' }, outputs: null });
  await outbox.drain();
  expect(bus.published.filter(({ topic }) => topic === 'video.failed')).toHaveLength(1);
});

test('the metadata of a job is found again after it was changed, and no longer after it was deleted', async () => {
  const { database } = own;
  const { id } = await submit('found');
  const found = async (entry: string): Promise<string[]> =>
    (await gateway.call('GET', `/api/v1/jobs?videoId=found&metadata=${entry}`)).json().items.map((job: { id: string }) => job.id);
  expect([await found('a%3Db'), await found('a%3Dc')]).toEqual([[id], []]);
  await database.query((db) => db.execute(sql`update jobs set metadata = '{"a": "c"}' where id = ${id}`));
  expect([await found('a%3Db'), await found('a%3Dc')]).toEqual([[], [id]]);
  await database.query((db) => db.execute(sql`delete from jobs where id = ${id}`));
  expect(await found('a%3Dc')).toEqual([]);
});
