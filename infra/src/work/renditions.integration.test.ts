import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { schema } from '../database/index.ts';
import { createTestLogger } from '../telemetry/index.ts';
import { RecordingBus } from '../testkit/recording-bus.ts';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database.ts';
import {
  type ClaimedTask,
  claimTask,
  finishRenditions,
  finishTask,
  inTransaction,
  lockJob,
  OutboxRelay,
  type WorkPorts,
} from './index.ts';
import { assignedJob } from './testkit/assigned-job.ts';

let test_: TestDatabase;
let ports: WorkPorts;
const names = ['audio', 'images'];

beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.drop());
beforeEach(async () => {
  await test_.database.query((db) => db.execute(sql`truncate jobs, tasks, renditions, inbox, outbox, history cascade`));
  const { database } = test_;
  const bus = new RecordingBus();
  // Whatever is told is heard by nobody.
  bus.isAway = true;
  ports = { database, outbox: new OutboxRelay({ database, bus, logger: createTestLogger() }) };
});

async function claim(): Promise<ClaimedTask> {
  const claimed = await claimTask(ports, { pool: 'encode', worker: 'w', leaseMs: 60_000 });
  if (claimed === null) throw new Error('nothing to claim');
  return claimed;
}

const finish = ({ task }: ClaimedTask): Promise<void> =>
  inTransaction(ports, async (unit) => {
    const job = await lockJob(unit, task.jobId);
    if (job === null) throw new Error('no job');
    const objects = task.renditions.map((rendition) => ({ rendition, key: 'k', sizeBytes: 1, durationSeconds: 1 }));
    await finishTask(unit, { taskId: task.id, epoch: task.epoch }, { objects }, 'w');
    await finishRenditions(unit, job, task);
  });

const packageState = async () =>
  (await test_.database.query((db) => db.select().from(schema.tasks).where(eq(schema.tasks.name, 'package'))))[0]?.state;
const jobState = async () => (await test_.database.query((db) => db.select().from(schema.jobs)))[0]?.state;

test('the package waits for every rendition', async () => {
  await assignedJob(ports, names);
  await finish(await claim());
  expect(await packageState()).toBe('waiting');
});

test('the package becomes claimable with the last rendition, though nobody hears of it', async () => {
  await assignedJob(ports, names);
  const claims = [await claim(), await claim()];
  await Promise.all(claims.map(finish));
  expect(await packageState()).toBe('ready');
  expect(await jobState()).toBe('completing');
});
