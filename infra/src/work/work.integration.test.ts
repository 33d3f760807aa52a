import { StreamflixError } from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { schema } from '../database/index.ts';
import {
  addTasks,
  cancelJob,
  claimTask,
  confirmEvents,
  ensureJob,
  inTransaction,
  outcomeEventIdOf,
  receiveOnce,
  renewLease,
  returnExpiredLeases,
  type Submission,
  settleFailure,
  submitUpload,
} from './index.ts';
import { probeJob } from './testkit/probe-job.ts';
import { endDelays, expireLeases, jobRow } from './testkit/rows.ts';
import { submission } from './testkit/submission.ts';
import { useWorkBench } from './testkit/work-bench.ts';
import { claimOne, finish } from './testkit/worker.ts';

const bench = useWorkBench();

const jobWithProbe = (changes: Partial<Submission> = {}): Promise<string> => probeJob(bench.ports, changes);
const claim = (worker: string, leaseMs = 60_000) => claimTask(bench.ports, { pool: 'probe', worker, leaseMs });
const stateOf = async (jobId: string) => (await jobRow(bench.database, jobId))?.state;

test('the same upload submitted many times at once is one job', async () => {
  const results = await Promise.all(Array.from({ length: 10 }, () => submitUpload(bench.ports, submission())));
  expect(new Set(results.map(({ jobId }) => jobId)).size).toBe(1);
  expect(results.filter(({ created }) => created)).toHaveLength(1);
  await bench.ports.outbox.drain();
  expect(bench.bus.published.map(({ topic }) => topic)).toEqual(['video.uploaded']);
});

test('another ETag of the same key is another job', async () => {
  expect(await jobWithProbe()).not.toBe(await jobWithProbe({ sourceEtag: 'e2' }));
});

test('an event is received once, however many deliver it at once', async () => {
  const firsts = await Promise.all(
    Array.from({ length: 8 }, () => inTransaction(bench.ports, (unit) => receiveOnce(unit, 'ingest', 'event-1'))),
  );
  expect(firsts.filter(Boolean)).toHaveLength(1);
});

test('of many workers one gets the task', async () => {
  await jobWithProbe();
  const claims = await Promise.all(Array.from({ length: 8 }, (_, index) => claim(`w${index}`)));
  expect(claims.filter((each) => each !== null)).toHaveLength(1);
});

test('a higher priority is claimed first', async () => {
  await jobWithProbe({ videoId: 'low', priority: 3 });
  const critical = await jobWithProbe({ videoId: 'critical', priority: 10 });
  expect((await claim('w'))?.job.id).toBe(critical);
});

test('a worker that lost its lease cannot finish the task', async () => {
  await jobWithProbe();
  const first = await claimOne(bench.ports, { pool: 'probe', worker: 'stalled' });
  await expireLeases(bench.database);
  expect(await returnExpiredLeases(bench.ports, 'sweep')).toBe(1);
  const second = await claimOne(bench.ports, { pool: 'probe', worker: 'successor' });
  expect(second.task.epoch).toBe(2);
  await expect(finish(bench.ports, first)).rejects.toMatchObject({ code: 'LEASE_LOST' });
  await finish(bench.ports, second);
});

test('the renewal tells a worker whose lease is gone, and one whose job was cancelled', async () => {
  const jobId = await jobWithProbe();
  const taskId = (await claimOne(bench.ports, { pool: 'probe' })).task.id;
  expect(await renewLease(bench.database, { taskId, epoch: 1 }, 1000)).toBe('continue');
  expect(await renewLease(bench.database, { taskId, epoch: 0 }, 1000)).toBe('lost');
  await cancelJob(bench.ports, { tenantId: 'acme', jobId, requestedBy: 'somebody' });
  expect(await renewLease(bench.database, { taskId, epoch: 1 }, 1000)).toBe('cancelled');
});

test('cancelling ends the job with one outcome, and again changes nothing', async () => {
  const jobId = await jobWithProbe();
  for (const _ of [1, 2])
    expect(await cancelJob(bench.ports, { tenantId: 'acme', jobId, requestedBy: 'somebody' })).toBe('cancelled');
  expect(await cancelJob(bench.ports, { tenantId: 'other', jobId, requestedBy: 'somebody' })).toBe('not-found');
  await bench.ports.outbox.drain();
  const outcomes = bench.bus.published.filter(({ topic }) => topic === 'video.failed');
  expect(outcomes.map(({ id }) => id)).toEqual([outcomeEventIdOf({ id: jobId, attempt: 1 })]);
  expect(await claim('w')).toBeNull();
});

test('an input error ends the job at once, without a retry', async () => {
  const jobId = await jobWithProbe();
  const claimed = await claimOne(bench.ports, { pool: 'probe' });
  expect(await settleFailure(bench.ports, claimed.task, new StreamflixError('SOURCE_CORRUPT'), 'w')).toMatchObject({
    outcome: 'give-up',
  });
  expect(await stateOf(jobId)).toBe('failed');
});

test('a transient error is tried three times and then ends the job', async () => {
  const jobId = await jobWithProbe();
  const outcomes: string[] = [];
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await endDelays(bench.database);
    const claimed = await claimOne(bench.ports, { pool: 'probe' });
    const decision = await settleFailure(bench.ports, claimed.task, new StreamflixError('ENCODER_FAILED'), 'w');
    outcomes.push(decision === 'lost' ? 'lost' : decision.outcome);
    if (attempt < 2) expect(await stateOf(jobId)).toBe('retrying');
  }
  expect(outcomes).toEqual(['retry', 'retry', 'give-up']);
  expect(await stateOf(jobId)).toBe('failed');
});

test('a dependency that is away burns no attempt', async () => {
  await jobWithProbe();
  for (let round = 0; round < 6; round += 1) {
    await endDelays(bench.database);
    const claimed = await claimOne(bench.ports, { pool: 'probe' });
    expect(claimed.task.failedAttempts).toBe(0);
    expect(await settleFailure(bench.ports, claimed.task, new StreamflixError('STORE_UNAVAILABLE'), 'w')).toMatchObject({
      outcome: 'wait',
    });
  }
});

test('tasks of one order key run one after the other', async () => {
  await inTransaction(bench.ports, async (unit) => {
    const { job } = await ensureJob(unit, submission());
    const probe = { pool: 'probe', spec: { kind: 'probe' }, state: 'ready', orderKey: 'o', predictedCpuSeconds: 1 } as const;
    await addTasks(unit, job, [{ ...probe, name: 'first' }]);
    await unit.db.update(schema.tasks).set({ createdAt: new Date(Date.now() - 1000) });
    await addTasks(unit, job, [{ ...probe, name: 'second' }]);
  });
  const first = await claimOne(bench.ports, { pool: 'probe' });
  expect(first.task.name).toBe('first');
  expect(await claim('w')).toBeNull();
  await finish(bench.ports, first);
  expect((await claim('w'))?.task.name).toBe('second');
});

test('an event that Kafka did not take stays and is sent later, under the same id', async () => {
  bench.bus.isAway = true;
  await submitUpload(bench.ports, submission());
  await bench.ports.outbox.drain();
  bench.bus.isAway = false;
  await bench.database.query((db) => db.execute(sql`update outbox set created_at = now() - interval '1 minute'`));
  expect(await bench.ports.outbox.sendForgotten({ resendMs: 15_000, limit: 10 })).toBe(1);
  expect(bench.bus.published).toHaveLength(1);
});

test('an acknowledged event that was not read back is sent again; one that was is finished', async () => {
  await submitUpload(bench.ports, submission());
  await bench.ports.outbox.drain();
  const age = () => bench.database.query((db) => db.execute(sql`update outbox set sent_at = now() - interval '1 minute'`));
  await age();
  expect(await bench.ports.outbox.sendForgotten({ resendMs: 15_000, limit: 10 })).toBe(1);
  expect(new Set(bench.bus.published.map(({ id }) => id)).size).toBe(1);
  await confirmEvents(
    bench.database,
    bench.bus.published.map(({ id }) => id),
  );
  await age();
  expect(await bench.ports.outbox.sendForgotten({ resendMs: 15_000, limit: 10 })).toBe(0);
});

test('an event of a transaction that did not commit is never sent', async () => {
  const doomed = inTransaction(bench.ports, async (unit) => {
    const { job } = await ensureJob(unit, submission());
    const { sourceBucket, sourceKey, sourceEtag, priority } = job;
    unit.emit('job.created', {
      jobId: job.id,
      tenantId: job.tenantId,
      videoId: job.videoId,
      sourceBucket,
      sourceKey,
      sourceEtag,
      priority,
    });
    throw new Error('no');
  });
  await expect(doomed).rejects.toThrow('no');
  await bench.ports.outbox.drain();
  expect(bench.bus.published).toEqual([]);
});

test('the tables of the code are the tables of the database', async () => {
  const { rows } = await bench.database.query((db) =>
    db.execute<{ name: string }>(
      sql`select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'public'`,
    ),
  );
  const real = new Set(rows.map(({ name }) => name));
  const { getTableColumns, getTableName, is, Table } = await import('drizzle-orm');
  const expected = Object.values(schema).flatMap((table) =>
    is(table, Table) ? Object.values(getTableColumns(table)).map((column) => `${getTableName(table)}.${column.name}`) : [],
  );
  expect(expected.filter((name) => !real.has(name))).toEqual([]);
  expect(expected.length).toBeGreaterThan(60);
});
