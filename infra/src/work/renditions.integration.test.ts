import { stillsCapability } from '@streamflix/contracts';
import { beforeEach, expect, test } from 'vitest';
import { type ClaimedTask, claimTask, finishRenditions, finishTask, inTransaction, lockJob, requireForPackage } from './index.ts';
import { assignedJob } from './testkit/assigned-job.ts';
import { jobRow, taskRow } from './testkit/rows.ts';
import { useWorkBench } from './testkit/work-bench.ts';
import { claimOne, finish } from './testkit/worker.ts';

const bench = useWorkBench();
const names = ['audio', 'images'];

// Whatever is told is heard by nobody.
beforeEach(() => {
  bench.bus.isAway = true;
});

const claim = (): Promise<ClaimedTask> => claimOne(bench.ports, { pool: 'encode' });
const packageState = async () => (await taskRow(bench.database, 'package'))?.state;

test('the package waits for every rendition', async () => {
  await assignedJob(bench.ports, names);
  await finish(bench.ports, await claim());
  expect(await packageState()).toBe('waiting');
});

test('the package becomes claimable with the last rendition, though nobody hears of it', async () => {
  await assignedJob(bench.ports, names);
  const claims = [await claim(), await claim()];
  await Promise.all(claims.map((claimed) => finish(bench.ports, claimed)));
  expect(await packageState()).toBe('ready');
  expect((await jobRow(bench.database))?.state).toBe('completing');
});

test('stills of an earlier plan are left to a package worker that takes them', async () => {
  await assignedJob(bench.ports, names);
  await finish(bench.ports, await claim());
  const last = await claim();
  await inTransaction(bench.ports, async (unit) => {
    const job = await lockJob(unit, last.job.id);
    if (job === null) throw new Error('the job is gone');
    await finishTask(unit, { taskId: last.task.id, epoch: last.task.epoch }, { objects: [] }, 'test');
    await requireForPackage(unit, job, stillsCapability);
    await finishRenditions(unit, job, last.task);
  });
  expect(await packageState()).toBe('ready');
  const options = { pool: 'package', worker: 'w', leaseMs: 10_000 } as const;
  expect(await claimTask(bench.ports, { ...options, capabilities: [] })).toBeNull();
  expect(await claimTask(bench.ports, { ...options, capabilities: [stillsCapability] })).toMatchObject({
    task: { name: 'package' },
  });
});
