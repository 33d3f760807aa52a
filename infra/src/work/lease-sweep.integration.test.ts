import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { leaseSweep, type WorkPorts } from './index.ts';
import { mayBeAway } from './testkit/may-be-away.ts';
import { probeJob } from './testkit/probe-job.ts';
import { expireLeases, taskRow } from './testkit/rows.ts';
import { useWorkBench } from './testkit/work-bench.ts';
import { claimOne } from './testkit/worker.ts';

const bench = useWorkBench();
let ports: WorkPorts;
let databaseIsAway = false;
/** The monotonic clock. */
let nowMs = 0;

afterEach(() => vi.restoreAllMocks());
beforeEach(async () => {
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  ports = { ...bench.ports, database: mayBeAway(bench.database, () => databaseIsAway) };
  await probeJob(bench.ports);
  await claimOne(bench.ports, { pool: 'probe' });
  await expireLeases(bench.database);
});

const taskState = async () => (await taskRow(bench.database))?.state;

async function failWhileAway(sweep: () => Promise<unknown>): Promise<void> {
  databaseIsAway = true;
  await expect(sweep()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  databaseIsAway = false;
}

const leaseMs = 60_000;

test('a lease that ran out is returned', async () => {
  const sweep = leaseSweep(ports, { who: 'sweep', leaseMs });
  nowMs += leaseMs;
  await sweep();
  expect(await taskState()).toBe('ready');
});

test('a sweep that has just begun, maybe after an outage, gives workers the time of a lease to renew', async () => {
  const sweep = leaseSweep(ports, { who: 'sweep', leaseMs });
  await sweep();
  expect(await taskState()).toBe('running');
});

test('after an outage of the database workers have the time of a lease to renew', async () => {
  const sweep = leaseSweep(ports, { who: 'sweep', leaseMs });
  nowMs += leaseMs;
  await failWhileAway(sweep);
  await sweep();
  expect(await taskState()).toBe('running');
  nowMs += leaseMs;
  await sweep();
  expect(await taskState()).toBe('ready');
});

test('a clock that was ahead during an outage and is set back does not keep expired leases', async () => {
  const sweep = leaseSweep(ports, { who: 'sweep', leaseMs });
  nowMs += leaseMs;
  const ahead = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 10 * leaseMs);
  await failWhileAway(sweep);
  ahead.mockRestore();
  nowMs += leaseMs;
  await sweep();
  expect(await taskState()).toBe('ready');
});
