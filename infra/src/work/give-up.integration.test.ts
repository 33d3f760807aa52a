import { type JobPlan, planJob, planTasks, profileSchema, StreamflixError } from '@streamflix/contracts';
import { plainSource } from '@streamflix/contracts/testkit';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { schema, type TaskRow } from '../database/index.ts';
import { createTestLogger } from '../telemetry/index.ts';
import { RecordingBus } from '../testkit/recording-bus.ts';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database.ts';
import {
  addRenditions,
  addTasks,
  cancelJob,
  claimTask,
  ensureJob,
  finishRenditions,
  finishTask,
  inTransaction,
  lockJob,
  moveJob,
  OutboxRelay,
  renewLease,
  retryJob,
  returnExpiredLeases,
  settleFailure,
  type WorkPorts,
} from './index.ts';
import { submission } from './testkit/submission.ts';

let test_: TestDatabase;
let ports: WorkPorts;
let jobId: string;

const profile = profileSchema.parse({
  rungs: [
    { shortSide: 720, ceilingKbps: 2800, required: false },
    { shortSide: 480, ceilingKbps: 1400 },
  ],
});
/** Two chunks of a required rung, two of an optional one. */
const plan: JobPlan = planJob(plainSource({ durationSeconds: 60 }), { name: 'own', version: 1, profile });

beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.drop());
beforeEach(async () => {
  const { database } = test_;
  await database.query((db) => db.execute(sql`truncate jobs, inbox, outbox, workers, dead_letters cascade`));
  ports = { database, outbox: new OutboxRelay({ database, bus: new RecordingBus(), logger: createTestLogger() }) };
  jobId = await inTransaction(ports, async (unit) => {
    const { job } = await ensureJob(unit, submission());
    await addRenditions(unit, job, plan.renditions);
    const encodes = planTasks(plan).map(({ name, spec }) => ({
      ...{ name, spec, pool: 'encode' as const, state: 'ready' as const, predictedCpuSeconds: 1 },
      renditions: spec.kind === 'video' ? spec.renditions.map((rendition) => rendition.name) : ['images'],
    }));
    const packaging = { name: 'package', pool: 'package', spec: { kind: 'package' }, state: 'waiting' } as const;
    await addTasks(unit, job, [...encodes, { ...packaging, predictedCpuSeconds: 1 }]);
    await moveJob(unit, job, 'assigned', { who: 'test' }, { plan });
    return job.id;
  });
});

const tasksNow = () => test_.database.query((db) => db.select().from(schema.tasks).where(eq(schema.tasks.jobId, jobId)));
const statesNow = async () => Object.fromEntries((await tasksNow()).map(({ name, state }) => [name, state]));
const jobNow = async () => (await test_.database.query((db) => db.select().from(schema.jobs)))[0];
const renditionNow = async (name: string) =>
  (await test_.database.query((db) => db.select().from(schema.renditions).where(eq(schema.renditions.name, name))))[0];
const lettersNow = () => test_.database.query((db) => db.select().from(schema.deadLetters));

/** Claims every encode task, by name. */
async function claimAll(): Promise<Map<string, TaskRow>> {
  const claimed = new Map<string, TaskRow>();
  for (;;) {
    const next = await claimTask(ports, { pool: 'encode', worker: 'w', leaseMs: 60_000 });
    if (next === null) return claimed;
    claimed.set(next.task.name, next.task);
  }
}

const taskOf = (claimed: Map<string, TaskRow>, name: string): TaskRow => {
  const task = claimed.get(name);
  if (task === undefined) throw new Error(`${name} was not claimed`);
  return task;
};

const finish = (task: TaskRow): Promise<void> =>
  inTransaction(ports, async (unit) => {
    const job = await lockJob(unit, task.jobId);
    if (job === null) throw new Error('no job');
    const objects = task.renditions.map((rendition) => ({ rendition, key: 'k', sizeBytes: 1, durationSeconds: 1 }));
    await finishTask(unit, { taskId: task.id, epoch: task.epoch }, { objects }, 'w');
    await finishRenditions(unit, job, task);
  });

/** For good: an error that is never tried again. */
const failForGood = (task: TaskRow) =>
  settleFailure(ports, task, new StreamflixError('INTERNAL_ERROR', { message: 'this encoder is broken' }), 'w');

test('an optional rendition that fails for good leaves the job, and nothing of it is worked on any more', async () => {
  const claimed = await claimAll();
  const sibling = taskOf(claimed, 'video-optional-1');
  await failForGood(taskOf(claimed, 'video-optional-0'));
  expect((await jobNow())?.state).not.toBe('failed');
  expect(await renditionNow('720p')).toMatchObject({
    done: false,
    givenUp: { code: 'INTERNAL_ERROR', message: 'this encoder is broken' },
  });
  expect(await renditionNow('480p')).toMatchObject({ givenUp: null });
  expect(await statesNow()).toMatchObject({
    ...{ 'video-optional-0': 'failed', 'video-optional-1': 'cancelled' },
    ...{ 'video-0': 'running', 'video-1': 'running', images: 'running', package: 'waiting' },
  });
  // Whoever works on the other chunk is told to stop, and what it made counts for nothing.
  const claim = { taskId: sibling.id, epoch: sibling.epoch };
  expect(await renewLease(test_.database, claim, 1_000)).toBe('cancelled');
  await expect(finish(sibling)).rejects.toMatchObject({ code: 'LEASE_LOST' });
});

test('the package waits for the required renditions alone, whichever comes last', async () => {
  const claimed = await claimAll();
  for (const name of ['video-0', 'video-1']) await finish(taskOf(claimed, name));
  await failForGood(taskOf(claimed, 'video-optional-0'));
  expect((await statesNow()).package).toBe('waiting');
  await finish(taskOf(claimed, 'images'));
  expect((await statesNow()).package).toBe('ready');
});

test('giving up the last open rendition is what the package waited for', async () => {
  const claimed = await claimAll();
  for (const name of ['video-0', 'video-1', 'images']) await finish(taskOf(claimed, name));
  expect((await statesNow()).package).toBe('waiting');
  await failForGood(taskOf(claimed, 'video-optional-1'));
  expect((await statesNow()).package).toBe('ready');
  expect((await jobNow())?.state).toBe('completing');
});

test('a required rendition that fails for good ends the job', async () => {
  const claimed = await claimAll();
  await failForGood(taskOf(claimed, 'video-1'));
  expect(await jobNow()).toMatchObject({ state: 'failed', errorCode: 'INTERNAL_ERROR' });
});

test('what a job does without is no dead letter: to replay it would take up a job that ended well', async () => {
  const claimed = await claimAll();
  await failForGood(taskOf(claimed, 'video-optional-0'));
  expect(await lettersNow()).toEqual([]);
  await failForGood(taskOf(claimed, 'video-0'));
  expect((await lettersNow()).map(({ taskId }) => taskId)).toEqual([taskOf(claimed, 'video-0').id]);
});

test('an optional rendition that loses its workers again and again is given up too', async () => {
  for (let round = 0; round < 20; round += 1) {
    await claimAll();
    await test_.database.query((db) =>
      db.execute(
        sql`update tasks set lease_until = now() - interval '1 second' where name = 'video-optional-0' and state = 'running'`,
      ),
    );
    await returnExpiredLeases(ports, 'sweep');
  }
  expect(await renditionNow('720p')).toMatchObject({ givenUp: { code: 'WORKER_LOST' } });
  expect((await jobNow())?.state).not.toBe('failed');
});

test('a job that is retried tries again what it had given up', async () => {
  const claimed = await claimAll();
  await failForGood(taskOf(claimed, 'video-optional-0'));
  await cancelJob(ports, { tenantId: 'acme', jobId, requestedBy: 'test' });
  expect(await retryJob(ports, { tenantId: 'acme', jobId, requestedBy: 'test' })).toBe('retrying');
  expect(await renditionNow('720p')).toMatchObject({ givenUp: null });
  expect(await statesNow()).toMatchObject({ 'video-optional-0': 'ready', 'video-optional-1': 'ready', package: 'waiting' });
});
