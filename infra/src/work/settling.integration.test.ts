import { StreamflixError } from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { schema } from '../database/index.ts';
import { type ClaimedTask, expireJobs, inTransaction, lockJob, returnExpiredLeases, settleFailure } from './index.ts';
import { probeJob } from './testkit/probe-job.ts';
import { endDelays, expireLeases, jobRow } from './testkit/rows.ts';
import { useWorkBench } from './testkit/work-bench.ts';
import { claimOne } from './testkit/worker.ts';

const bench = useWorkBench();

const jobWithProbe = (videoId = 'v1'): Promise<string> => probeJob(bench.ports, { videoId });

async function claim(): Promise<ClaimedTask> {
  await endDelays(bench.database);
  return claimOne(bench.ports, { pool: 'probe' });
}

const jobOf = (jobId: string) => jobRow(bench.database, jobId);
/** No event about this job can be made: its metadata are not what the schema says. */
const spoil = (jobId: string) =>
  bench.database.query((db) => db.execute(sql`update jobs set metadata = '{"n": 1}' where id = ${jobId}`));

test.each([
  ['a zero byte', 'bad tag \0 in the source'],
  ['half a character', `bad tag \ud83d in the source`],
  ['megabytes', 'x'.repeat(3_000_000)],
])('a failure whose message has %s in it ends the job all the same', async (_, message) => {
  const jobId = await jobWithProbe();
  const { task } = await claim();
  await settleFailure(bench.ports, task, new StreamflixError('SOURCE_CORRUPT', { message }), 'w');
  const job = await jobOf(jobId);
  expect(job).toMatchObject({ state: 'failed', errorCode: 'SOURCE_CORRUPT' });
  expect(job?.errorMessage?.length).toBeLessThanOrEqual(2_000);
});

test('waiting for a store that was away does not make a task one that loses its workers', async () => {
  const jobId = await jobWithProbe();
  for (let round = 0; round < 25; round += 1) {
    const { task } = await claim();
    await settleFailure(bench.ports, task, new StreamflixError('STORE_UNAVAILABLE'), 'w');
  }
  await claim();
  await expireLeases(bench.database);
  await returnExpiredLeases(bench.ports, 'sweep');
  expect((await jobOf(jobId))?.state).toBe('pending');
  await claim();
});

test('a task that loses its workers again and again is given up', async () => {
  const jobId = await jobWithProbe();
  for (let round = 0; round < 20; round += 1) {
    expect((await jobOf(jobId))?.state).toBe('pending');
    await claim();
    await expireLeases(bench.database);
    await returnExpiredLeases(bench.ports, 'sweep');
  }
  expect(await jobOf(jobId)).toMatchObject({ state: 'failed', errorCode: 'WORKER_LOST' });
});

test('a claim waits for nobody who decides about its job', async () => {
  const jobId = await jobWithProbe();
  const claimed = await inTransaction(bench.ports, async (unit) => {
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
  await bench.database.query((db) => db.update(schema.jobs).set({ deadlineAt: late }));
  await expect(expireJobs(bench.ports, 'sweep')).rejects.toMatchObject({ code: 'EVENT_INVALID' });
  for (const jobId of [before, after]) expect((await jobOf(jobId))?.state).toBe('failed');
});
