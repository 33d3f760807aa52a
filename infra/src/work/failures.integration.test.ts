import { type ErrorCode, quarantinePolicy, StreamflixError } from '@streamflix/contracts';
import { asc, eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { schema, type TaskRow } from '../database/index.ts';
import { settleFailure } from './failure.ts';
import { claimTask, finishTask, inTransaction, lockJob, retryJob } from './index.ts';
import { probeJob } from './testkit/probe-job.ts';
import { jobRow, taskRows } from './testkit/rows.ts';
import { useWorkBench } from './testkit/work-bench.ts';
import { dismissWorker, noteSuccess, type Standing, seeWorker } from './workers.ts';

const bench = useWorkBench();

const submit = (videoId: string): Promise<string> => probeJob(bench.ports, { videoId });
const see = (instance: string): Promise<Standing> => seeWorker(bench.database, { instance, pool: 'probe' }, { starts: false });
/** The delays of retries are over. */
const letTimePass = (seconds = 0) =>
  bench.database.query((db) =>
    db
      .update(schema.tasks)
      .set({ notBefore: sql`now() - make_interval(secs => ${seconds})` })
      .where(eq(schema.tasks.state, 'retrying')),
  );
const endQuarantine = () => bench.database.query((db) => db.execute(sql`update workers set quarantined_until = now()`));

async function claim(worker: string, onlyUnfailed = false): Promise<TaskRow | null> {
  return (await claimTask(bench.ports, { pool: 'probe', worker, leaseMs: 60_000, onlyUnfailed }))?.task ?? null;
}

async function failOn(worker: string, code: ErrorCode = 'ENCODER_FAILED', message?: string) {
  await letTimePass();
  const task = await claim(worker);
  if (task === null) throw new Error(`nothing to claim for ${worker}`);
  const error = new StreamflixError(code, message === undefined ? {} : { message });
  const decision = await settleFailure(bench.ports, task, error, worker);
  return { task, outcome: decision === 'lost' ? decision : decision.outcome };
}

async function succeedOn(worker: string): Promise<void> {
  const jobId = await submit(`proof-${worker}-${Math.random()}`);
  await letTimePass();
  await bench.database.query((db) => db.execute(sql`update tasks set priority = 10, rank = 10 where job_id = ${jobId}`));
  const task = await claim(worker);
  if (task?.jobId !== jobId) throw new Error('another task was claimed');
  await inTransaction(bench.ports, async (unit) => {
    await lockJob(unit, jobId);
    await finishTask(unit, { taskId: task.id, epoch: task.epoch }, { objects: [] }, worker);
    await noteSuccess(unit, worker);
  });
}

const tasksNow = () => taskRows(bench.database);
const failures = () => bench.database.query((db) => db.select().from(schema.taskFailures).orderBy(asc(schema.taskFailures.id)));

test('a failure is written down with its worker, code and signature, in the transaction that settles it', async () => {
  await submit('v1');
  await see('w1');
  const { task } = await failOn('w1', 'ENCODER_FAILED', 'broke at frame 17 \0');
  await failOn('w1', 'ENCODER_FAILED', 'broke at frame 18 \0');
  const [first, second, ...rest] = await failures();
  expect(rest).toEqual([]);
  expect(first).toMatchObject({ taskId: task.id, jobId: task.jobId, worker: 'w1', code: 'ENCODER_FAILED', excused: false });
  expect(second?.signature).toBe(first?.signature);
  const stale = { ...task, epoch: task.epoch - 1 };
  expect(await settleFailure(bench.ports, stale, new StreamflixError('ENCODER_FAILED'), 'w1')).toBe('lost');
  expect(await failures()).toHaveLength(2);
});

test('a server that is away leaves no mark on a task or its worker', async () => {
  await submit('v1');
  await see('w1');
  expect((await failOn('w1', 'STORE_UNAVAILABLE')).outcome).toBe('wait');
  expect(await failures()).toEqual([]);
});

test('a task that failed waits for another worker that is there, for a bounded time', async () => {
  await submit('v1');
  await Promise.all([see('w1'), see('w2')]);
  await failOn('w1');
  await letTimePass();
  expect(await claim('w1')).toBeNull();
  await letTimePass(20);
  expect(await claim('w1')).not.toBeNull();
});

test('another worker takes it at once', async () => {
  await submit('v1');
  await Promise.all([see('w1'), see('w2')]);
  await failOn('w1');
  await letTimePass();
  expect(await claim('w2')).not.toBeNull();
});

const unableToHelp: [string, () => Promise<unknown>][] = [
  ['left', () => dismissWorker(bench.database, 'w2')],
  [
    'was not seen for a minute',
    () =>
      bench.database.query((db) =>
        db.execute(sql`update workers set last_seen_at = now() - interval '1 minute' where instance = 'w2'`),
      ),
  ],
  [
    'is quarantined',
    () =>
      bench.database.query((db) =>
        db.execute(sql`update workers set quarantined_until = now() + interval '1 minute' where instance = 'w2'`),
      ),
  ],
  [
    'is of another pool',
    () => bench.database.query((db) => db.execute(sql`update workers set pool = 'encode' where instance = 'w2'`)),
  ],
];

test.each(unableToHelp)('a task that failed does not wait for a worker that %s', async (_what, disable) => {
  await submit('v1');
  await Promise.all([see('w1'), see('w2')]);
  await failOn('w1');
  await disable();
  await letTimePass();
  expect(await claim('w1')).not.toBeNull();
});

test('the same failure on a second worker that works otherwise condemns the task', async () => {
  await Promise.all([see('w1'), see('w2')]);
  await succeedOn('w2');
  const jobId = await submit('poison');
  await failOn('w1', 'ENCODER_FAILED', 'broke at frame 17');
  expect((await failOn('w2', 'ENCODER_FAILED', 'broke at frame 99')).outcome).toBe('give-up');
  const job = await jobRow(bench.database, jobId);
  expect(job).toMatchObject({ state: 'failed', errorCode: 'ENCODER_FAILED' });
});

test('a worker on which several videos fail is quarantined, and none of them lost an attempt', async () => {
  for (const video of ['v1', 'v2', 'v3']) await submit(video);
  await Promise.all([see('bad'), see('good')]);
  expect((await failOn('bad')).outcome).toBe('retry');
  expect((await failOn('bad')).outcome).toBe('retry');
  expect((await failOn('bad')).outcome).toBe('quarantine');
  expect((await tasksNow()).map(({ state, failedAttempts }) => [state, failedAttempts])).toEqual(Array(3).fill(['retrying', 0]));
  expect((await failures()).every(({ excused }) => excused)).toBe(true);
  expect((await see('bad')).quarantine).toMatchObject({ why: expect.stringContaining('ENCODER_FAILED') });
  const history = await bench.database.query((db) => db.select().from(schema.history));
  expect(history.filter(({ why }) => why?.includes('bad is quarantined')).length).toBeGreaterThan(0);
  await letTimePass(60);
  expect(await claim('bad')).toBeNull();
  expect(await claim('good')).not.toBeNull();
});

test('a finished task in between keeps a worker out of quarantine', async () => {
  for (const video of ['v1', 'v2', 'v3', 'v4']) await submit(video);
  await Promise.all([see('w1'), see('w2')]);
  await failOn('w1');
  await failOn('w1');
  await succeedOn('w1');
  expect((await failOn('w1')).outcome).toBe('retry');
});

test('after its quarantine a worker is on probation: what fails then makes it longer, what is finished ends it', async () => {
  for (const video of ['v1', 'v2', 'v3', 'v4', 'v5']) await submit(video);
  await Promise.all([see('bad'), see('good')]);
  for (let round = 0; round < 3; round += 1) await failOn('bad');
  await endQuarantine();
  expect(await see('bad')).toEqual({ quarantine: null, onProbation: true });
  expect((await failOn('bad')).outcome).toBe('quarantine');
  const { quarantine } = await see('bad');
  expect(quarantine?.forMs).toBeGreaterThan(quarantinePolicy.firstMs);
  expect(quarantine?.forMs).toBeLessThanOrEqual(quarantinePolicy.firstMs * 2);
  await endQuarantine();
  await succeedOn('bad');
  expect(await see('bad')).toEqual({ quarantine: null, onProbation: false });
});

test('on probation a worker can be asked for what did not fail on it', async () => {
  await submit('v1');
  await see('w1');
  await failOn('w1');
  await letTimePass(60);
  expect(await claim('w1', true)).toBeNull();
  await submit('v2');
  expect(await claim('w1', true)).toMatchObject({ failedAttempts: 0 });
});

test('two failures of one worker at once are judged one after the other', async () => {
  for (const video of ['v1', 'v2', 'v3', 'v4']) await submit(video);
  await Promise.all([see('bad'), see('good')]);
  await failOn('bad');
  await letTimePass();
  const claimed = await Promise.all([claim('bad'), claim('bad'), claim('bad')]);
  const settled = await Promise.all(
    claimed.map((task) =>
      task === null ? 'nothing' : settleFailure(bench.ports, task, new StreamflixError('ENCODER_FAILED'), 'bad'),
    ),
  );
  expect(settled.map((each) => (typeof each === 'string' ? each : each.outcome)).sort()).toEqual([
    'quarantine',
    'quarantine',
    'retry',
  ]);
  const { rows } = await bench.database.query((db) => db.execute(sql`select quarantines from workers where instance = 'bad'`));
  expect(rows).toEqual([{ quarantines: 1 }]);
  expect((await tasksNow()).every(({ failedAttempts }) => failedAttempts === 0)).toBe(true);
});

test('a job that is retried on request begins with a clean record', async () => {
  await Promise.all([see('w1'), see('w2')]);
  await succeedOn('w2');
  const jobId = await submit('mended');
  await failOn('w1');
  expect((await failOn('w2')).outcome).toBe('give-up');
  await retryJob(bench.ports, { tenantId: 'acme', jobId, requestedBy: 'ann' });
  expect((await failOn('w2')).outcome).toBe('retry');
});
