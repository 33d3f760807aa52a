import { StreamflixError } from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Database, schema } from '../database/index.ts';
import { createTestLogger } from '../telemetry/index.ts';
import { RecordingBus } from '../testkit/recording-bus.ts';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database.ts';
import { claimTask, ensureJob, ensureProbeTask, inTransaction, leaseSweep, OutboxRelay, type WorkPorts } from './index.ts';
import { submission } from './testkit/submission.ts';

let test_: TestDatabase;
let ports: WorkPorts;
let databaseIsAway = false;
/** The monotonic clock. */
let nowMs = 0;

beforeAll(async () => {
  test_ = await createTestDatabase();
  const guard = <T>(run: () => Promise<T>): Promise<T> =>
    databaseIsAway ? Promise.reject(new StreamflixError('DATABASE_UNAVAILABLE')) : run();
  const database: Database = {
    ...test_.database,
    query: (run) => guard(() => test_.database.query(run)),
    transaction: (run) => guard(() => test_.database.transaction(run)),
    check: () => guard(() => test_.database.check()),
  };
  ports = { database, outbox: new OutboxRelay({ database, bus: new RecordingBus(), logger: createTestLogger() }) };
});
afterAll(() => test_.drop());
afterEach(() => vi.restoreAllMocks());
beforeEach(async () => {
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  await test_.database.query((db) => db.execute(sql`truncate jobs, inbox, outbox, workers cascade`));
  await inTransaction(ports, async (unit) => {
    const { job } = await ensureJob(unit, submission());
    await ensureProbeTask(unit, job);
  });
  await claimTask(ports, { pool: 'probe', worker: 'w', leaseMs: 60_000 });
  await test_.database.query((db) => db.execute(sql`update tasks set lease_until = now() - interval '1 second'`));
});

const taskState = async () => (await test_.database.query((db) => db.select().from(schema.tasks)))[0]?.state;

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
