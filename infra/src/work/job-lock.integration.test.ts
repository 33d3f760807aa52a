import type { JobPlan } from '@streamflix/contracts';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { schema } from '../database/index.ts';
import { createTestLogger } from '../telemetry/index.ts';
import { RecordingBus } from '../testkit/recording-bus.ts';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database.ts';
import {
  addRenditions,
  addTasks,
  type ClaimedTask,
  claimTask,
  ensureJob,
  finishRenditions,
  finishTask,
  inTransaction,
  lockJob,
  moveJob,
  OutboxRelay,
  renewLease,
  returnExpiredLeases,
  type WorkPorts,
} from './index.ts';
import { submission } from './testkit/submission.ts';

const names = ['240p', '360p'];
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
  await inTransaction(ports, async (unit) => {
    const { job } = await ensureJob(unit, submission());
    const renditions = names.map((name) => ({ name }) as JobPlan['renditions'][number]);
    await addRenditions(unit, job, renditions);
    const encode = { pool: 'encode', spec: { kind: 'probe' }, state: 'ready', predictedCpuSeconds: 1 } as const;
    await addTasks(unit, job, [
      ...names.map((name) => ({ ...encode, name, renditions: [name] })),
      { name: 'package', pool: 'package', spec: { kind: 'package' }, state: 'waiting', predictedCpuSeconds: 1 },
    ]);
    await moveJob(unit, job, 'assigned', { who: 'test' });
  });
});

async function claim(): Promise<ClaimedTask> {
  const claimed = await claimTask(ports, { pool: 'encode', worker: 'w', leaseMs: 60_000 });
  if (claimed === null) throw new Error('nothing to claim');
  return claimed;
}

const stateOf = async (name: string) =>
  (await test_.database.query((db) => db.select().from(schema.tasks).where(eq(schema.tasks.name, name))))[0]?.state;

async function somebodyWaits(): Promise<boolean> {
  const { rows } = await test_.database.query((db) =>
    db.execute(sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`),
  );
  return rows.length > 0;
}

/** Ends a chunk as a worker does; its transaction stays open until `mayEnd`. */
const finish = ({ task }: ClaimedTask, onDone: () => void, mayEnd: () => Promise<unknown>): Promise<void> =>
  inTransaction(ports, async (unit) => {
    const job = await lockJob(unit, task.jobId);
    if (job === null) throw new Error('no job');
    const objects = task.renditions.map((rendition) => ({ rendition, key: 'k', sizeBytes: 1, durationSeconds: 1 }));
    await finishTask(unit, { taskId: task.id, epoch: task.epoch }, { objects }, 'w');
    await finishRenditions(unit, job, task);
    onDone();
    await mayEnd();
  });

test('two last chunks that end at the same time make the package claimable', async () => {
  const [first, second] = [await claim(), await claim()];
  const done = { first: false, second: false };
  const setDone = (which: keyof typeof done) => () => {
    done[which] = true;
  };
  const secondWasThere = () => expect.poll(async () => done.second || (await somebodyWaits())).toBe(true);
  const ends = [finish(first, setDone('first'), secondWasThere)];
  await expect.poll(() => done.first).toBe(true);
  ends.push(finish(second, setDone('second'), async () => undefined));
  await Promise.all(ends);
  expect(await stateOf('package')).toBe('ready');
});

test('a worker that renews while its expiry is being decided keeps its task', async () => {
  const { task } = await claim();
  await test_.database.query((db) =>
    db.execute(sql`update tasks set lease_until = now() - interval '1 second' where state = 'running'`),
  );
  let sweeping: Promise<number> | undefined;
  await inTransaction(ports, async (unit) => {
    await lockJob(unit, task.jobId);
    sweeping = returnExpiredLeases(ports, 'sweep');
    await expect.poll(somebodyWaits).toBe(true);
    expect(await renewLease(test_.database, { taskId: task.id, epoch: task.epoch }, 60_000)).toBe('continue');
  });
  await sweeping;
  expect(await stateOf(task.name)).toBe('running');
});

test('a task that somebody is claiming is passed over, not waited for', async () => {
  await claim();
  const { id } =
    (await test_.database.query((db) => db.select().from(schema.tasks).where(eq(schema.tasks.state, 'ready'))))[0] ?? {};
  const seen = await inTransaction(ports, async (unit) => {
    await unit.db.execute(sql`select 1 from tasks where id = ${id} for update`);
    const claiming = claimTask(ports, { pool: 'encode', worker: 'other', leaseMs: 60_000 });
    let claimed: ClaimedTask | null | undefined;
    claiming.then(
      (result) => {
        claimed = result;
      },
      () => undefined,
    );
    await expect.poll(async () => claimed !== undefined || (await somebodyWaits())).toBe(true);
    return claimed;
  });
  expect(seen).toBeNull();
});
