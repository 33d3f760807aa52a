import { encodedRenditions, type JobPlan, planJob, planTasks, profileSchema, StreamflixError } from '@streamflix/contracts';
import { plainSource } from '@streamflix/contracts/testkit';
import { eq, sql } from 'drizzle-orm';
import { beforeEach, expect, test } from 'vitest';
import { schema } from '../database/index.ts';
import {
  addRenditions,
  addTasks,
  type ClaimedTask,
  cancelJob,
  claimTask,
  ensureJob,
  inTransaction,
  listUnclaimable,
  moveJob,
  renewLease,
  retryJob,
  returnExpiredLeases,
  seeWorker,
  settleFailure,
  sweepUnclaimable,
} from './index.ts';
import { jobRow, taskRows } from './testkit/rows.ts';
import { submission } from './testkit/submission.ts';
import { useWorkBench } from './testkit/work-bench.ts';
import { claimOf, finish as finishClaim } from './testkit/worker.ts';

const bench = useWorkBench();
let jobId: string;

const profile = profileSchema.parse({
  rungs: [
    { shortSide: 720, ceilingKbps: 2800, required: false },
    { shortSide: 480, ceilingKbps: 1400 },
  ],
});
const sound = {
  index: 1,
  codec: 'aac',
  channels: 2,
  layout: null,
  sampleRate: 48_000,
  language: null,
  title: null,
  isDefault: true,
};
/** Two chunks of a required rung, two of an optional one, and sound. */
const plan: JobPlan = planJob(plainSource({ durationSeconds: 60, audio: [sound] }), { name: 'own', version: 1, profile });

beforeEach(async () => {
  const { ports } = bench;
  jobId = await inTransaction(ports, async (unit) => {
    const { job } = await ensureJob(unit, submission());
    await addRenditions(unit, job, encodedRenditions(plan));
    const encodes = planTasks(plan).map(({ name, spec }) => ({
      ...{ name, spec, pool: 'encode' as const, state: 'ready' as const, predictedCpuSeconds: 1 },
      renditions: spec.kind === 'video' ? spec.renditions.map((rendition) => rendition.name) : ['audio'],
    }));
    const packaging = { name: 'package', pool: 'package', spec: { kind: 'package' }, state: 'waiting' } as const;
    await addTasks(unit, job, [...encodes, { ...packaging, predictedCpuSeconds: 1 }]);
    await moveJob(unit, job, 'assigned', { who: 'test' }, { plan });
    return job.id;
  });
});

const statesNow = async () => Object.fromEntries((await taskRows(bench.database)).map(({ name, state }) => [name, state]));
const jobNow = () => jobRow(bench.database, jobId);
const renditionNow = async (name: string) =>
  (await bench.database.query((db) => db.select().from(schema.renditions).where(eq(schema.renditions.name, name))))[0];
const lettersNow = () => bench.database.query((db) => db.select().from(schema.deadLetters));

/** Claims every encode task there is for a worker of these capabilities, by name. */
async function claimAll(capabilities: string[] = []): Promise<Map<string, ClaimedTask>> {
  const claimed = new Map<string, ClaimedTask>();
  for (;;) {
    const next = await claimTask(bench.ports, { pool: 'encode', worker: 'w', leaseMs: 60_000, capabilities });
    if (next === null) return claimed;
    claimed.set(next.task.name, next);
  }
}

const taskOf = (claimed: Map<string, ClaimedTask>, name: string): ClaimedTask => {
  const task = claimed.get(name);
  if (task === undefined) throw new Error(`${name} was not claimed`);
  return task;
};

const finish = (claimed: ClaimedTask): Promise<void> => finishClaim(bench.ports, claimed);

/** For good: an error that is never tried again. */
const failForGood = ({ task }: ClaimedTask) =>
  settleFailure(bench.ports, task, new StreamflixError('INTERNAL_ERROR', { message: 'this encoder is broken' }), 'w');

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
    ...{ 'video-0': 'running', 'video-1': 'running', audio: 'running', package: 'waiting' },
  });
  // Whoever works on the other chunk is told to stop, and what it made counts for nothing.
  expect(await renewLease(bench.database, claimOf(sibling), 1_000)).toBe('cancelled');
  await expect(finish(sibling)).rejects.toMatchObject({ code: 'LEASE_LOST' });
});

test('the package waits for the required renditions alone, whichever comes last', async () => {
  const claimed = await claimAll();
  for (const name of ['video-0', 'video-1']) await finish(taskOf(claimed, name));
  await failForGood(taskOf(claimed, 'video-optional-0'));
  expect((await statesNow()).package).toBe('waiting');
  await finish(taskOf(claimed, 'audio'));
  expect((await statesNow()).package).toBe('ready');
});

test('giving up the last open rendition is what the package waited for', async () => {
  const claimed = await claimAll();
  for (const name of ['video-0', 'video-1', 'audio']) await finish(taskOf(claimed, name));
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
  expect((await lettersNow()).map(({ taskId }) => taskId)).toEqual([taskOf(claimed, 'video-0').task.id]);
});

test('an optional rendition that loses its workers again and again is given up too', async () => {
  for (let round = 0; round < 20; round += 1) {
    await claimAll();
    await bench.database.query((db) =>
      db.execute(
        sql`update tasks set lease_until = now() - interval '1 second' where name = 'video-optional-0' and state = 'running'`,
      ),
    );
    await returnExpiredLeases(bench.ports, 'sweep');
  }
  expect(await renditionNow('720p')).toMatchObject({ givenUp: { code: 'WORKER_LOST' } });
  expect((await jobNow())?.state).not.toBe('failed');
});

test('a job that is retried tries again what it had given up', async () => {
  const claimed = await claimAll();
  await failForGood(taskOf(claimed, 'video-optional-0'));
  await cancelJob(bench.ports, { tenantId: 'acme', jobId, requestedBy: 'test' });
  expect(await retryJob(bench.ports, { tenantId: 'acme', jobId, requestedBy: 'test' })).toBe('retrying');
  expect(await renditionNow('720p')).toMatchObject({ givenUp: null });
  expect(await statesNow()).toMatchObject({ 'video-optional-0': 'ready', 'video-optional-1': 'ready', package: 'waiting' });
});

/** The optional tasks ask for what the worker has or has not. */
const requireOfOptional = (capability: string) =>
  bench.database.query((db) =>
    db.execute(sql`update tasks set requires = ${`{${capability}}`}::text[] where name like 'video-optional-%'`),
  );
const appear = (capabilities: string[]) =>
  seeWorker(bench.database, { instance: 'able', pool: 'encode', capabilities }, { starts: true });

const sweep = (patience: { optionalMs?: number; requiredMs?: number } = {}): Promise<number> =>
  sweepUnclaimable(bench.ports, { who: 'sweep', optionalMs: 3_600_000, requiredMs: 3_600_000, ...patience });
const notesNow = () =>
  bench.database.query((db) =>
    db.select({ why: schema.history.why }).from(schema.history).where(eq(schema.history.who, 'sweep')),
  );
const requireOfRequired = () =>
  bench.database.query((db) => db.execute(sql`update tasks set requires = '{encoder:other}' where name = 'video-0'`));

test('an optional rendition whose encoder no worker has is given up when its time is over', async () => {
  await requireOfOptional('encoder:libx265');
  await requireOfRequired();
  await appear(['encoder:libsvtav1']);
  for (let round = 0; round < 2; round += 1) expect(await sweep()).toBe(0);
  expect(await renditionNow('720p')).toMatchObject({ givenUp: null });
  await sweep({ optionalMs: 0 });
  expect(await renditionNow('720p')).toMatchObject({
    givenUp: { code: 'ENCODER_UNAVAILABLE', message: 'No worker has encoder:libx265.' },
  });
  expect((await renditionNow('480p'))?.givenUp).toBeNull();
  expect(await statesNow()).toMatchObject({ 'video-0': 'ready', audio: 'ready', package: 'waiting' });
  expect((await claimAll(['encoder:libx265'])).has('video-optional-1')).toBe(false);
});

test('what a worker that is there could do is waited for, however busy it is', async () => {
  await requireOfOptional('encoder:libx265');
  await appear(['encoder:libx265', 'encoder:libsvtav1']);
  expect(await sweep({ optionalMs: 0, requiredMs: 0 })).toBe(0);
  expect(await renditionNow('720p')).toMatchObject({ givenUp: null });
  expect(await listUnclaimable(bench.database, jobId)).toEqual([]);
});

test('a job says at once what it waits for, and no more when a worker comes', async () => {
  await requireOfRequired();
  const waiting = { name: 'video-0', requires: ['encoder:other'] };
  expect(await listUnclaimable(bench.database, jobId)).toMatchObject([{ ...waiting, since: null }]);
  for (let round = 0; round < 2; round += 1) await sweep();
  expect(await listUnclaimable(bench.database.forTenant('acme'), jobId)).toMatchObject([{ ...waiting, since: expect.any(Date) }]);
  expect(await notesNow()).toEqual([{ why: 'waits for a worker with encoder:other' }]);
  await appear(['encoder:other']);
  await sweep({ requiredMs: 0 });
  expect((await taskRows(bench.database)).filter(({ unclaimableSince }) => unclaimableSince !== null)).toEqual([]);
  expect((await claimAll(['encoder:other'])).has('video-0')).toBe(true);
});

test.each(['ready', 'retrying'])(
  'a required rendition whose encoder no worker has fails its job when its time is over, %s as it is',
  async (state) => {
    await requireOfRequired();
    await bench.database.query((db) => db.execute(sql`update tasks set state = ${state} where name = 'video-0'`));
    expect(await sweep({ requiredMs: 3_600_000, optionalMs: 0 })).toBe(0);
    expect((await jobNow())?.state).toBe('assigned');
    expect(await sweep({ requiredMs: 0 })).toBe(1);
    const error = { errorCode: 'ENCODER_UNAVAILABLE', errorMessage: 'No worker has encoder:other.', errorStage: 'encode' };
    expect(await jobNow()).toMatchObject({ state: 'failed', ...error, outcome: { retriable: true } });
    expect(await lettersNow()).toMatchObject([{ code: 'ENCODER_UNAVAILABLE', pool: 'encode' }]);
    // Who retries the job has all of the time again.
    expect(await retryJob(bench.ports, { tenantId: 'acme', jobId, requestedBy: 'test' })).toBe('retrying');
    expect(await sweep({ requiredMs: 60_000 })).toBe(0);
  },
);
