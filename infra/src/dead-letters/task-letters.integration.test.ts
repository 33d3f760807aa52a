import { type ErrorCode, StreamflixError } from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import { beforeEach, expect, test } from 'vitest';
import { schema, type TaskRow } from '../database/index.ts';
import { cancelJob, inTransaction, lockJob, moveJob, retryJob, returnExpiredLeases, settleFailure } from '../work/index.ts';
import { assignedJob } from '../work/testkit/assigned-job.ts';
import { endDelays, expireLeases, jobRow, taskRow } from '../work/testkit/rows.ts';
import { useWorkBench } from '../work/testkit/work-bench.ts';
import { claimOne } from '../work/testkit/worker.ts';
import { orderReplay, sendDueReplays, settleTaskReplays } from './index.ts';
import type { ReplayPorts } from './send-replays.ts';

const bench = useWorkBench();
let ports: ReplayPorts;
let jobId: string;

beforeEach(async () => {
  const replay = async (): Promise<void> => {
    throw new Error('a task is not replayed by Kafka');
  };
  ports = { ...bench.ports, bus: { replay } };
  jobId = await assignedJob(ports, ['audio']);
});

const letters = () => bench.database.query((db) => db.select().from(schema.deadLetters));
const states = async () => (await letters()).map(({ state }) => state);
const job = () => jobRow(bench.database);

async function claim(): Promise<TaskRow> {
  await endDelays(bench.database);
  return (await claimOne(ports, { pool: 'encode' })).task;
}

/** Fails the task for good, however many attempts that takes. */
async function giveUp(message: string, code: ErrorCode = 'INTERNAL_ERROR'): Promise<void> {
  while ((await job())?.finishedAt === null)
    await settleFailure(ports, await claim(), new StreamflixError(code, { message }), 'w');
}

async function replay(): Promise<void> {
  const [letter] = await letters();
  const selection = { ids: [letter?.id ?? ''] };
  await orderReplay(bench.database, { tenantId: 'acme', selection, requestedBy: 'ann', perSecond: 1 });
  await sendDueReplays(ports, { limit: 10 });
}

/** As the package task ends it. */
const complete = () =>
  inTransaction(ports, async (unit) => {
    const locked = await lockJob(unit, jobId);
    if (locked === null) throw new Error('no job');
    await moveJob(unit, locked, 'completed', { who: 'test' }, { outcome: {} });
  });

test.each<[ErrorCode, number]>([
  ['INTERNAL_ERROR', 1],
  ['ENCODER_FAILED', 3],
])('a task given up with %s is a dead letter, with its job and its attempts', async (code, attempts) => {
  await giveUp('encoder 7 broke', code);
  const task = await taskRow(bench.database, 'audio');
  expect(await letters()).toMatchObject([
    { kind: 'task', state: 'new', taskId: task?.id, jobId, tenantId: 'acme', videoId: 'v1', pool: 'encode', code, attempts },
  ]);
});

test('a source that is at fault makes no dead letter', async () => {
  await giveUp('no moov atom', 'SOURCE_CORRUPT');
  expect(await letters()).toEqual([]);
});

test('a webhook that nobody takes is no dead letter: a replay would take up a job that ended', async () => {
  await bench.database.query((db) => db.update(schema.tasks).set({ pool: 'notify' }).where(sql`name = 'audio'`));
  const claimed = await claimOne(ports, { pool: 'notify' });
  await settleFailure(ports, claimed.task, new StreamflixError('INTERNAL_ERROR'), 'w');
  expect(await letters()).toEqual([]);
});

test('a task that keeps losing its workers is a dead letter', async () => {
  while ((await job())?.finishedAt === null) {
    await claim();
    await expireLeases(bench.database);
    await returnExpiredLeases(ports, 'sweep');
  }
  expect(await letters()).toMatchObject([{ kind: 'task', code: 'WORKER_LOST', jobId }]);
});

test('a replay takes up the job; once it completed the letter is resolved', async () => {
  await giveUp('it broke');
  await replay();
  expect(await job()).toMatchObject({ state: 'retrying', attempt: 2 });
  expect(await settleTaskReplays(bench.database)).toBe(0);
  expect(await states()).toEqual(['replayed']);
  await complete();
  expect(await settleTaskReplays(bench.database)).toBe(1);
  expect(await states()).toEqual(['resolved']);
  const history = await bench.database.query((db) => db.select().from(schema.history).where(sql`who = 'ann'`));
  expect(history.map(({ why }) => why)).toContain(`dead letter ${(await letters())[0]?.id} replayed`);
});

test('a job that somebody else took up resolves the letter too', async () => {
  await giveUp('it broke');
  await retryJob(ports, { tenantId: 'acme', jobId, requestedBy: 'bob' });
  await complete();
  await settleTaskReplays(bench.database);
  expect(await states()).toEqual(['resolved']);
});

test.each([
  ['the same fault', 'it broke, file 2', 'parked'],
  ['another fault', 'the disk is full', 'new'],
])('a replay that ends in %s again stays one letter, and is told apart', async (_, message, state) => {
  await giveUp('it broke, file 1');
  await replay();
  await giveUp(message);
  await settleTaskReplays(bench.database);
  expect(await letters()).toMatchObject([{ state, message, attempts: 2, replays: 1 }]);
});

test.each([
  ['an input that is at fault', () => giveUp('overwritten', 'SOURCE_CHANGED')],
  ['a cancellation', () => cancelJob(ports, { tenantId: 'acme', jobId, requestedBy: 'bob' })],
])('a replay that ends in %s is parked', async (_, end) => {
  await giveUp('it broke');
  await replay();
  await end();
  await settleTaskReplays(bench.database);
  expect(await states()).toEqual(['parked']);
});

test('a letter whose job is gone is parked and says so', async () => {
  await giveUp('it broke');
  await bench.database.query((db) => db.delete(schema.jobs));
  await replay();
  expect(await letters()).toMatchObject([{ state: 'parked', message: expect.stringContaining('its job is gone') }]);
});
