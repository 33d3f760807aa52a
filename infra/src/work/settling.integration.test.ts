import { StreamflixError } from '@streamflix/contracts';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { schema } from '../database/index.ts';
import { createTestLogger } from '../telemetry/index.ts';
import { RecordingBus } from '../testkit/recording-bus.ts';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database.ts';
import {
  type ClaimedTask,
  claimTask,
  ensureJob,
  ensureProbeTask,
  expireJobs,
  inTransaction,
  lockJob,
  OutboxRelay,
  returnExpiredLeases,
  settleFailure,
  type WorkPorts,
} from './index.ts';
import { submission } from './testkit/submission.ts';

let test_: TestDatabase;
let ports: WorkPorts;

beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.drop());
beforeEach(async () => {
  await test_.database.query((db) => db.execute(sql`truncate jobs, inbox, outbox, workers cascade`));
  const { database } = test_;
  ports = { database, outbox: new OutboxRelay({ database, bus: new RecordingBus(), logger: createTestLogger() }) };
});

async function jobWithProbe(videoId = 'v1'): Promise<string> {
  return inTransaction(ports, async (unit) => {
    const { job } = await ensureJob(unit, submission({ videoId }));
    await ensureProbeTask(unit, job);
    return job.id;
  });
}

async function claim(): Promise<ClaimedTask> {
  await test_.database.query((db) => db.update(schema.tasks).set({ notBefore: null }));
  const claimed = await claimTask(ports, { pool: 'probe', worker: 'w', leaseMs: 60_000 });
  if (claimed === null) throw new Error('nothing to claim');
  return claimed;
}

const jobOf = async (jobId: string) =>
  (await test_.database.query((db) => db.select().from(schema.jobs).where(eq(schema.jobs.id, jobId))))[0];
const expireLeases = () =>
  test_.database.query((db) =>
    db.execute(sql`update tasks set lease_until = now() - interval '1 second' where state = 'running'`),
  );
/** No event about this job can be made: its metadata are not what the schema says. */
const spoil = (jobId: string) =>
  test_.database.query((db) => db.execute(sql`update jobs set metadata = '{"n": 1}' where id = ${jobId}`));

test.each([
  ['a zero byte', 'bad tag \0 in the source'],
  ['half a character', `bad tag \ud83d in the source`],
  ['megabytes', 'x'.repeat(3_000_000)],
])('a failure whose message has %s in it ends the job all the same', async (_, message) => {
  const jobId = await jobWithProbe();
  const { task } = await claim();
  await settleFailure(ports, task, new StreamflixError('SOURCE_CORRUPT', { message }), 'w');
  const job = await jobOf(jobId);
  expect(job).toMatchObject({ state: 'failed', errorCode: 'SOURCE_CORRUPT' });
  expect(job?.errorMessage?.length).toBeLessThanOrEqual(2_000);
});

test('waiting for a store that was away does not make a task one that loses its workers', async () => {
  const jobId = await jobWithProbe();
  for (let round = 0; round < 25; round += 1) {
    const { task } = await claim();
    await settleFailure(ports, task, new StreamflixError('STORE_UNAVAILABLE'), 'w');
  }
  await claim();
  await expireLeases();
  await returnExpiredLeases(ports, 'sweep');
  expect((await jobOf(jobId))?.state).toBe('pending');
  await claim();
});

test('a task that loses its workers again and again is given up', async () => {
  const jobId = await jobWithProbe();
  for (let round = 0; round < 20; round += 1) {
    expect((await jobOf(jobId))?.state).toBe('pending');
    await claim();
    await expireLeases();
    await returnExpiredLeases(ports, 'sweep');
  }
  expect(await jobOf(jobId)).toMatchObject({ state: 'failed', errorCode: 'WORKER_LOST' });
});

test('a claim waits for nobody who decides about its job', async () => {
  const jobId = await jobWithProbe();
  const claimed = await inTransaction(ports, async (unit) => {
    await lockJob(unit, jobId);
    return claim();
  });
  expect(claimed.job.id).toBe(jobId);
});

test('a job that cannot be ended does not keep the others from their ends', async () => {
  const late = sql`now() - interval '1 minute'`;
  const before = await jobWithProbe('before');
  await spoil(await jobWithProbe('spoilt'));
  const after = await jobWithProbe('after');
  await test_.database.query((db) => db.update(schema.jobs).set({ deadlineAt: late }));
  await expect(expireJobs(ports, 'sweep')).rejects.toMatchObject({ code: 'EVENT_INVALID' });
  for (const jobId of [before, after]) expect((await jobOf(jobId))?.state).toBe('failed');
});
