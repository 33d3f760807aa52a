import { StreamflixError } from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { schema } from '../database/index.ts';
import { cancelJob, retryJob, seeWorker, settleFailure } from '../work/index.ts';
import { completeJob, encodeAll } from '../work/testkit/complete-job.ts';
import { plannedJob } from '../work/testkit/planned-job.ts';
import { taskRows } from '../work/testkit/rows.ts';
import { useWorkBench } from '../work/testkit/work-bench.ts';
import { claimOne, finish } from '../work/testkit/worker.ts';
import { readLoad } from './read-load.ts';
import { readStats } from './read-stats.ts';
import { readUsage } from './read-usage.ts';

const bench = useWorkBench();

const rows = () => bench.database.query((db) => db.select().from(schema.usage).orderBy(schema.usage.id));
const cancel = (jobId: string, tenantId = 'acme') => cancelJob(bench.ports, { tenantId, jobId, requestedBy: 'ann' });
const costOf = async (isWanted: (name: string) => boolean = () => true): Promise<number> =>
  (await taskRows(bench.database)).filter(({ name }) => isWanted(name)).reduce((sum, task) => sum + task.predictedCpuSeconds, 0);
const today = new Date().toISOString().slice(0, 10);
const usage = (
  tenantId: string | null,
  by: 'tenant' | 'key' | 'day' = 'tenant',
  days = { from: '2020-01-01', to: '2999-01-01' },
) => readUsage(bench.database, tenantId, { ...days, by });

test('a completed job counts once: its minutes, its bytes, and what its tasks cost', async () => {
  const jobId = await plannedJob(bench.ports, { durationSeconds: 90, submittedByKey: 'k1' });
  await encodeAll(bench.ports, jobId);
  expect(await rows()).toEqual([]);
  await completeJob(bench.ports, jobId, { 'a.m4s': 1000, 'b.m4s': 234 });
  expect(await rows()).toMatchObject([
    { jobId, attempt: 1, tenantId: 'acme', keyId: 'k1', outcome: 'completed', sourceSeconds: 90, outputBytes: 1234 },
  ]);
  expect((await rows())[0]?.cpuSeconds).toBeCloseTo(await costOf(), 3);
});

test('of a job that failed and was retried each task counts as often as it was done, and the minutes once', async () => {
  const jobId = await plannedJob(bench.ports, { durationSeconds: 90 });
  const first = await claimOne(bench.ports, { pool: 'encode' });
  await finish(bench.ports, first);
  const second = await claimOne(bench.ports, { pool: 'encode' });
  await settleFailure(bench.ports, second.task, new StreamflixError('SOURCE_CORRUPT'), 'w');
  expect(await retryJob(bench.ports, { tenantId: 'acme', jobId, requestedBy: 'ann' })).toBe('retrying');
  await encodeAll(bench.ports, jobId);
  await completeJob(bench.ports, jobId);
  const [failed, completed] = await rows();
  expect(failed).toMatchObject({ attempt: 1, outcome: 'failed', sourceSeconds: 0 });
  expect(failed?.cpuSeconds).toBeCloseTo(first.task.predictedCpuSeconds, 3);
  expect(completed).toMatchObject({ attempt: 2, outcome: 'completed', sourceSeconds: 90 });
  expect(completed?.cpuSeconds).toBeCloseTo(await costOf((name) => name !== first.task.name), 3);
});

test('a task that is made again on request counts again', async () => {
  const jobId = await plannedJob(bench.ports, {});
  const { task } = await claimOne(bench.ports, { pool: 'encode' });
  await finish(bench.ports, { task, job: {} as never });
  await cancel(jobId);
  await retryJob(bench.ports, { tenantId: 'acme', jobId, requestedBy: 'ann', tasks: [task.name] });
  await encodeAll(bench.ports, jobId);
  await completeJob(bench.ports, jobId);
  const [, completed] = await rows();
  expect(completed?.cpuSeconds).toBeCloseTo(await costOf(), 3);
});

test('whoever ends a job at the same moment, it counts once', async () => {
  const jobId = await plannedJob(bench.ports, {});
  await encodeAll(bench.ports, jobId);
  const ends = [completeJob(bench.ports, jobId), ...Array.from({ length: 6 }, () => cancel(jobId))];
  await Promise.allSettled(ends);
  const [one, ...others] = await rows();
  expect(others).toEqual([]);
  expect(one?.attempt).toBe(1);
});

test('usage is told by tenant, key and day; a tenant sees its own alone', async () => {
  await cancel(await plannedJob(bench.ports, { videoId: 'a', submittedByKey: 'k1' }));
  await cancel(await plannedJob(bench.ports, { videoId: 'b', submittedByKey: 'k2' }));
  await cancel(await plannedJob(bench.ports, { tenantId: 'globex', videoId: 'c' }), 'globex');
  await bench.database.query((db) => db.execute(sql`update usage set ended_at = '2026-01-31T23:59:59.9Z' where key_id = 'k1'`));
  const cancelled = async (...asked: Parameters<typeof usage>) =>
    (await usage(...asked)).items.map((item) => [item.tenantId ?? item.keyId ?? item.day, item.cancelled]);
  expect(new Map((await cancelled(null)) as [string, number][])).toEqual(
    new Map([
      ['acme', 2],
      ['globex', 1],
    ]),
  );
  expect(await cancelled('acme')).toEqual([['acme', 2]]);
  expect((await usage('acme', 'key')).items.map(({ keyId }) => keyId)).toEqual(['k1', 'k2']);
  expect(await cancelled(null, 'day')).toEqual([
    ['2026-01-31', 1],
    [today, 2],
  ]);
  expect(await cancelled(null, 'day', { from: '2026-01-31', to: '2026-01-31' })).toEqual([['2026-01-31', 1]]);
  expect(await cancelled(null, 'day', { from: '2026-02-01', to: '2026-02-01' })).toEqual([]);
  const unfiltered = await bench.database.forTenant('globex').query((db) => db.select().from(schema.usage));
  expect(unfiltered.map(({ tenantId }) => tenantId)).toEqual(['globex']);
});

test('stats count jobs by state, queues and workers; a tenant sees its own and no workers', async () => {
  await seeWorker(bench.database, { instance: 'w', pool: 'encode', slots: 3 }, { starts: true });
  await plannedJob(bench.ports, { videoId: 'a' });
  await cancel(await plannedJob(bench.ports, { videoId: 'b' }));
  await plannedJob(bench.ports, { tenantId: 'globex', videoId: 'c' });
  await claimOne(bench.ports, { pool: 'encode' });
  const [all, own] = [await readStats(bench.database, null), await readStats(bench.database, 'globex')];
  expect(all).toMatchObject({ scope: 'platform', jobs: { assigned: 2, cancelled: 1, completed: 0 }, lastHour: { cancelled: 1 } });
  expect(all.workers).toEqual([{ pool: 'encode', seen: 1, quarantined: 0, slots: 3 }]);
  expect(all.queues).toMatchObject([{ pool: 'encode', running: 1 }]);
  expect(own).toMatchObject({ scope: 'tenant', jobs: { assigned: 1, cancelled: 0 }, lastHour: { cancelled: 0 }, workers: null });
  const [queue] = own.queues;
  expect(queue?.waitingCpuSeconds).toBeCloseTo(await costOfWaiting('globex'), 3);
  expect(queue?.oldestSeconds).toBeGreaterThanOrEqual(0);
});

const costOfWaiting = async (tenantId: string): Promise<number> =>
  (await taskRows(bench.database))
    .filter((task) => task.tenantId === tenantId && task.state === 'ready')
    .reduce((sum, task) => sum + task.predictedCpuSeconds, 0);

test('a further job finds before it what is claimed before it', async () => {
  await seeWorker(bench.database, { instance: 'w', pool: 'encode', slots: 2 }, { starts: true });
  await plannedJob(bench.ports, { videoId: 'a' });
  await plannedJob(bench.ports, { tenantId: 'globex', videoId: 'b' });
  const load = await readLoad(bench.database, { tenantId: 'acme', priority: 5 });
  expect((await readLoad(bench.database, { tenantId: 'acme', priority: 10 })).cpuSecondsAhead).toBe(0);
  const jobId = await plannedJob(bench.ports, { videoId: 'c' });
  let before = 0;
  for (;;) {
    const { task } = await claimOne(bench.ports, { pool: 'encode' });
    if (task.jobId === jobId) break;
    before += task.predictedCpuSeconds;
  }
  expect(load.slots).toBe(2);
  expect(load.cpuSecondsAhead).toBeCloseTo(before, 3);
});
