import { sql } from 'drizzle-orm';
import { beforeEach, expect, test } from 'vitest';
import { type ClaimedTask, claimTask, inTransaction, lockJob, renewLease, returnExpiredLeases } from './index.ts';
import { assignedJob } from './testkit/assigned-job.ts';
import { expireLeases, somebodyWaits, taskRow, taskRows } from './testkit/rows.ts';
import { useWorkBench } from './testkit/work-bench.ts';
import { claimOf, claimOne, finish } from './testkit/worker.ts';

const bench = useWorkBench();

beforeEach(async () => void (await assignedJob(bench.ports, ['240p', '360p'])));

const claim = (): Promise<ClaimedTask> => claimOne(bench.ports, { pool: 'encode' });
const stateOf = async (name: string) => (await taskRow(bench.database, name))?.state;

test('two last chunks that end at the same time make the package claimable', async () => {
  const [first, second] = [await claim(), await claim()];
  let firstIsDone = false;
  let secondIsDone = false;
  const ends = [
    finish(bench.ports, first, async () => {
      firstIsDone = true;
      await expect.poll(async () => secondIsDone || (await somebodyWaits(bench.database))).toBe(true);
    }),
  ];
  await expect.poll(() => firstIsDone).toBe(true);
  ends.push(
    finish(bench.ports, second, async () => {
      secondIsDone = true;
    }),
  );
  await Promise.all(ends);
  expect(await stateOf('package')).toBe('ready');
});

test('a worker that renews while its expiry is being decided keeps its task', async () => {
  const claimed = await claim();
  const { task } = claimed;
  await expireLeases(bench.database);
  let sweeping: Promise<number> | undefined;
  await inTransaction(bench.ports, async (unit) => {
    await lockJob(unit, task.jobId);
    sweeping = returnExpiredLeases(bench.ports, 'sweep');
    await expect.poll(() => somebodyWaits(bench.database)).toBe(true);
    expect(await renewLease(bench.database, claimOf(claimed), 60_000)).toBe('continue');
  });
  await sweeping;
  expect(await stateOf(task.name)).toBe('running');
});

test('a task that somebody is claiming is passed over, not waited for', async () => {
  await claim();
  const { id } = (await taskRows(bench.database)).find(({ state }) => state === 'ready') ?? {};
  const seen = await inTransaction(bench.ports, async (unit) => {
    await unit.db.execute(sql`select 1 from tasks where id = ${id} for update`);
    const claiming = claimTask(bench.ports, { pool: 'encode', worker: 'other', leaseMs: 60_000 });
    let claimed: ClaimedTask | null | undefined;
    claiming.then(
      (result) => {
        claimed = result;
      },
      () => undefined,
    );
    await expect.poll(async () => claimed !== undefined || (await somebodyWaits(bench.database))).toBe(true);
    return claimed;
  });
  expect(seen).toBeNull();
});
