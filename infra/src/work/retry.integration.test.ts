import { StreamflixError } from '@streamflix/contracts';
import { eq, sql } from 'drizzle-orm';
import { beforeEach, expect, test } from 'vitest';
import { schema } from '../database/index.ts';
import { addTasks, type ClaimedTask, cancelJob, lockJob, retryJob, settleFailure } from './index.ts';
import { assignedJob } from './testkit/assigned-job.ts';
import { jobRow, taskRows } from './testkit/rows.ts';
import { useWorkBench } from './testkit/work-bench.ts';
import { claimOne, finish } from './testkit/worker.ts';

const bench = useWorkBench();
let jobId: string;

beforeEach(async () => {
  jobId = await assignedJob(bench.ports, ['audio', 'images']);
});

const claim = (pool: 'encode' | 'package' = 'encode'): Promise<ClaimedTask> => claimOne(bench.ports, { pool });
const fail = ({ task }: ClaimedTask) => settleFailure(bench.ports, task, new StreamflixError('SOURCE_CORRUPT'), 'w');
const retry = (changes: object = {}) => retryJob(bench.ports, { tenantId: 'acme', jobId, requestedBy: 'ann', ...changes });
const tasksByName = async () => {
  const rows = await taskRows(bench.database);
  return Object.fromEntries(rows.map((row) => [row.name, `${row.state} ${row.epoch}`]));
};
const job = () => jobRow(bench.database);
const outcomes = async () =>
  (await bench.database.query((db) => db.select().from(schema.outbox).where(eq(schema.outbox.topic, 'video.failed')))).map(
    ({ eventId }) => eventId,
  );

test('a retry of a failed job repeats what failed and keeps what is done', async () => {
  const [first, second] = [await claim(), await claim()];
  await finish(bench.ports, first);
  await fail(second);
  expect(await tasksByName()).toMatchObject({
    [first.task.name]: 'done 1',
    [second.task.name]: 'failed 1',
    package: 'cancelled 0',
  });
  expect(await retry()).toBe('retrying');
  expect(await tasksByName()).toMatchObject({ [first.task.name]: 'done 1', [second.task.name]: 'ready 1', package: 'waiting 0' });
  expect(await job()).toMatchObject({ state: 'retrying', attempt: 2, outcome: null, errorCode: null, finishedAt: null });
  await finish(bench.ports, await claim());
  expect((await claim('package')).task.name).toBe('package');
});

test('each attempt is told once, under an id of its own', async () => {
  await fail(await claim());
  await retry();
  await fail(await claim());
  const told = await outcomes();
  expect(new Set(told).size).toBe(2);
  expect(told).toHaveLength(2);
});

test('what was done is made again once its files are gone', async () => {
  const [first, second] = [await claim(), await claim()];
  await finish(bench.ports, first);
  await fail(second);
  await bench.database.query((db) => db.update(schema.jobs).set({ cleanedAt: new Date() }));
  await retry();
  expect(await tasksByName()).toMatchObject({ audio: 'ready 1', images: 'ready 1', package: 'waiting 0' });
  expect((await job())?.cleanedAt).toBeNull();
  const renditions = await bench.database.query((db) => db.select().from(schema.renditions));
  expect(renditions.map(({ done, objects }) => [done, objects])).toEqual([
    [false, null],
    [false, null],
  ]);
});

test('one rendition is made again on request', async () => {
  const [first, second] = [await claim(), await claim()];
  await finish(bench.ports, first);
  await finish(bench.ports, second);
  await settleFailure(bench.ports, (await claim('package')).task, new StreamflixError('SOURCE_CORRUPT'), 'w');
  expect(await retry({ renditions: ['none'] })).toBe('no-such-rendition');
  expect(await retry({ renditions: ['audio'] })).toBe('retrying');
  expect(await tasksByName()).toEqual({ audio: 'ready 1', images: 'done 1', package: 'waiting 1' });
});

test('one task is made again on request, by its name', async () => {
  const [first, second] = [await claim(), await claim()];
  await finish(bench.ports, first);
  await finish(bench.ports, second);
  await settleFailure(bench.ports, (await claim('package')).task, new StreamflixError('SOURCE_CORRUPT'), 'w');
  expect(await retry({ tasks: ['images', 'video-7'] })).toBe('no-such-task');
  expect((await job())?.state).toBe('failed');
  expect(await retry({ tasks: ['images'] })).toBe('retrying');
  expect(await tasksByName()).toEqual({ audio: 'done 1', images: 'ready 1', package: 'waiting 1' });
  const renditions = await bench.database.query((db) => db.select().from(schema.renditions));
  expect(Object.fromEntries(renditions.map(({ name, done }) => [name, done]))).toEqual({ audio: true, images: false });
  await finish(bench.ports, await claim());
  expect((await claim('package')).task.name).toBe('package');
});

test('with every rendition there, only the package is made again', async () => {
  await finish(bench.ports, await claim());
  await finish(bench.ports, await claim());
  await settleFailure(bench.ports, (await claim('package')).task, new StreamflixError('SOURCE_CORRUPT'), 'w');
  await retry();
  expect(await tasksByName()).toEqual({ audio: 'done 1', images: 'done 1', package: 'ready 1' });
});

test('a worker of the attempt before is refused', async () => {
  const stalled = await claim();
  await cancelJob(bench.ports, { tenantId: 'acme', jobId, requestedBy: 'ann' });
  await retry();
  await claim();
  await claim();
  await expect(finish(bench.ports, stalled)).rejects.toMatchObject({ code: 'LEASE_LOST' });
});

test('two retries at once are one', async () => {
  await fail(await claim());
  expect((await Promise.all([retry(), retry(), retry()])).toSorted()).toEqual(['not-ended', 'not-ended', 'retrying']);
  expect((await job())?.attempt).toBe(2);
});

test('what has not ended, is completed or is not there is left alone', async () => {
  expect(await retry()).toBe('not-ended');
  expect(await retry({ tenantId: 'other' })).toBe('not-found');
  await bench.database.query((db) => db.update(schema.jobs).set({ state: 'completed', outcome: {}, finishedAt: new Date() }));
  expect(await retry()).toBe('completed');
});

test('after the clean-up a job whose tasks worked from pieces of the source is cut and planned again', async () => {
  await bench.database.transaction(async (db) => {
    const row = await lockJob({ db }, jobId);
    if (row === null) throw new Error('no job');
    const probe = { name: 'probe', pool: 'probe', spec: { kind: 'probe' }, state: 'ready', predictedCpuSeconds: 1 } as const;
    await addTasks({ db }, row, [probe]);
    await db.execute(sql`update tasks set state = 'done', epoch = 1 where name = 'probe'`);
    const piece = { key: 'k', sizeBytes: 1 };
    await db
      .update(schema.tasks)
      .set({ spec: { kind: 'package', piece } })
      .where(eq(schema.tasks.name, 'audio'));
  });
  await cancelJob(bench.ports, { tenantId: 'acme', jobId, requestedBy: 'ann' });
  await bench.database.query((db) => db.execute(sql`update jobs set cleaned_at = now()`));
  expect(await retry()).toBe('retrying');
  expect(await tasksByName()).toEqual({ probe: 'ready 1' });
  expect(await bench.database.query((db) => db.select().from(schema.renditions))).toEqual([]);
});
