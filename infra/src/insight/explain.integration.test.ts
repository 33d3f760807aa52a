import { type ErrorCode, type Explanation, explainJob, type Reason, type ReasonOf, StreamflixError } from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { schema } from '../database/index.ts';
import { cancelJob, claimTask, recordCommands, returnExpiredLeases, seeWorker, settleFailure, showPhase } from '../work/index.ts';
import { completeJob, encodeAll } from '../work/testkit/complete-job.ts';
import { plannedJob } from '../work/testkit/planned-job.ts';
import { probeJob } from '../work/testkit/probe-job.ts';
import { endDelays, expireLeases, jobRow, taskRows } from '../work/testkit/rows.ts';
import { useWorkBench } from '../work/testkit/work-bench.ts';
import { claimOne } from '../work/testkit/worker.ts';
import { readSituation } from './read-situation.ts';

const bench = useWorkBench();

async function explain(jobId: string, tenantId = 'acme'): Promise<Explanation> {
  const facts = await readSituation(bench.database, { tenantId, jobId });
  if (facts === null) throw new Error('no such job');
  return explainJob(facts);
}
function reasonOf<C extends Reason['code']>({ reasons }: Explanation, code: C): ReasonOf<C> {
  const found = reasons.find((reason): reason is ReasonOf<C> => reason.code === code);
  if (found === undefined) throw new Error(`${code} is not among ${JSON.stringify(reasons)}`);
  return found;
}
const codesOf = ({ reasons }: Explanation): string[] => reasons.map(({ code }) => code);

const see = (instance: string, pool: 'probe' | 'encode' | 'package' = 'encode', capabilities: string[] = []) =>
  seeWorker(bench.database, { instance, pool, slots: 1, capabilities }, { starts: false });

/** The next task fails on the worker. */
async function failOn(worker: string, code: ErrorCode, pool: 'probe' | 'encode' = 'encode') {
  const { task } = await claimOne(bench.ports, { pool, worker });
  await settleFailure(bench.ports, task, new StreamflixError(code), worker);
  return task;
}

test('waiting behind a quota: the tenant runs as much as it may', async () => {
  await bench.database.query((db) => db.insert(schema.tenants).values({ id: 'acme', maxRunningTasks: 1 }));
  await see('w1');
  await plannedJob(bench.ports, { videoId: 'first' });
  const jobId = await plannedJob(bench.ports, { videoId: 'second' });
  await claimOne(bench.ports, { pool: 'encode' });
  expect(await claimTask(bench.ports, { pool: 'encode', worker: 'w1', leaseMs: 60_000 })).toBeNull();
  const told = await explain(jobId);
  expect(reasonOf(told, 'tenant-limit')).toMatchObject({ pool: 'encode', running: 1, mayRun: 1 });
  expect(told.headline).toContain('it runs 1 at once and may run 1');
  expect(codesOf(told)).not.toContain('turn');
});

test("behind fairness: as many tasks are before as claims go by until it is the job's turn", async () => {
  await see('w1');
  await plannedJob(bench.ports, { videoId: 'first' });
  await plannedJob(bench.ports, { tenantId: 'globex', videoId: 'theirs' });
  const jobId = await plannedJob(bench.ports, { videoId: 'second' });
  const told = await explain(jobId);
  const { ahead, aheadOfOthers, slots, busySlots } = reasonOf(told, 'turn');
  const claimed: string[] = [];
  for (;;) {
    const { task } = await claimOne(bench.ports, { pool: 'encode' });
    if (task.jobId === jobId) break;
    claimed.push(task.tenantId);
  }
  expect({ ahead, aheadOfOthers }).toEqual({
    ahead: claimed.length,
    aheadOfOthers: claimed.filter((tenant) => tenant === 'globex').length,
  });
  expect(aheadOfOthers).toBeGreaterThan(0);
  expect([slots, busySlots]).toEqual([1, 0]);
  expect(told.headline).toContain(`${ahead} tasks are claimed before, ${aheadOfOthers} of other tenants`);
  expect(JSON.stringify(told)).not.toContain('globex');
});

test('for a capability: no worker that is there has the encoder', async () => {
  await see('w1');
  const jobId = await plannedJob(bench.ports, { profile: { codecs: [{ codec: 'hevc' }] } });
  const told = await explain(jobId);
  expect(reasonOf(told, 'capability')).toMatchObject({ pool: 'encode', requires: ['encoder:libx265'] });
  await see('w2', 'encode', ['encoder:libx265']);
  expect(codesOf(await explain(jobId))).not.toContain('capability');
});

test('for a worker: none is there', async () => {
  const told = await explain(await plannedJob(bench.ports, {}));
  expect(reasonOf(told, 'no-worker').pool).toBe('encode');
});

test("for a retry's backoff: until when, and how many attempts are left", async () => {
  await see('w1', 'probe');
  const jobId = await probeJob(bench.ports);
  const { name } = await failOn('w1', 'ENCODER_FAILED', 'probe');
  const told = await explain(jobId);
  const notBefore = (await taskRows(bench.database))[0]?.notBefore;
  expect(reasonOf(told, 'backoff')).toEqual({
    ...{ code: 'backoff', task: name, pool: 'probe', error: 'ENCODER_FAILED', failedAttempts: 1, maxAttempts: 3 },
    until: notBefore?.toISOString(),
  });
  expect(told.failures).toMatchObject([{ task: name, worker: 'w1', error: 'ENCODER_FAILED', excused: false }]);
  await endDelays(bench.database);
  expect(codesOf(await explain(jobId))).toEqual(['turn']);
});

test('for a dependency: no attempt is lost, and whoever waits behind it is told too', async () => {
  const jobId = await probeJob(bench.ports);
  await failOn('w1', 'STORE_UNAVAILABLE', 'probe');
  const told = await explain(jobId);
  expect(reasonOf(told, 'dependency')).toMatchObject({ error: 'STORE_UNAVAILABLE', pool: 'probe' });
  expect(told.headline).toContain('waits for the object store');
  expect((await taskRows(bench.database))[0]?.failedAttempts).toBe(0);
  // With their circuits open no worker shows itself.
  const other = await probeJob(bench.ports, { tenantId: 'globex', videoId: 'theirs' });
  expect(reasonOf(await explain(other, 'globex'), 'dependency')).toMatchObject({ task: null, error: 'STORE_UNAVAILABLE' });
});

test('quarantined worker: whoever could do it is let alone, and the failures there are excused', async () => {
  await see('w1');
  const first = await plannedJob(bench.ports, { videoId: 'first' });
  await plannedJob(bench.ports, { videoId: 'second' });
  while (!codesOf(await explain(first)).includes('quarantine')) await failOn('w1', 'ENCODER_FAILED');
  const told = await explain(first);
  expect(reasonOf(told, 'quarantine')).toMatchObject({ pool: 'encode', workers: 1 });
  expect(told.headline).toContain('the only worker that could do it is quarantined');
  expect(told.failures.length).toBeGreaterThan(0);
  expect(told.failures.every(({ excused }) => excused)).toBe(true);
  await see('w2');
  expect(codesOf(await explain(first))).not.toContain('quarantine');
});

const optionalTop = {
  rungs: [
    { shortSide: 720, ceilingKbps: 2800, required: false },
    { shortSide: 480, ceilingKbps: 1400 },
  ],
};

test('optional rung failed: the job is completed without it, and says why', async () => {
  const jobId = await plannedJob(bench.ports, { profile: optionalTop });
  for (;;) {
    const { task } = await claimOne(bench.ports, { pool: 'encode' });
    if (!task.renditions.includes('720p')) continue;
    await settleFailure(bench.ports, task, new StreamflixError('SOURCE_CORRUPT'), 'w');
    break;
  }
  await expireLeases(bench.database);
  await returnExpiredLeases(bench.ports, 'sweep');
  await encodeAll(bench.ports, jobId);
  await completeJob(bench.ports, jobId);
  const told = await explain(jobId);
  expect(told).toMatchObject({
    state: 'completed',
    reasons: [{ code: 'completed', warnings: 1 }, { code: 'rendition-given-up' }],
  });
  expect(reasonOf(told, 'rendition-given-up')).toMatchObject({ rendition: '720p', error: 'SOURCE_CORRUPT' });
  expect(told.ladder.map(({ name, status }) => [name, status])).toEqual([
    ['720p', 'given-up'],
    ['480p', 'done'],
  ]);
});

test('cancelled: who did it and why', async () => {
  const jobId = await plannedJob(bench.ports, {});
  await cancelJob(bench.ports, { tenantId: 'acme', jobId, requestedBy: 'user:ann@example.com', reason: 'the wrong file' });
  const told = await explain(jobId);
  expect(told.reasons).toEqual([{ code: 'cancelled', who: 'user:ann@example.com', why: 'the wrong file' }]);
  expect(told.headline).toBe('user:ann@example.com cancelled the job: the wrong file');
});

test('dead-lettered: the job failed, and the letter is named', async () => {
  await see('w1', 'probe');
  const jobId = await probeJob(bench.ports);
  for (let attempts = 0; attempts < 3; attempts += 1) {
    await endDelays(bench.database);
    await bench.database.query((db) => db.execute(sql`update task_failures set at = at - interval '1 hour'`));
    await bench.database.query((db) =>
      db.execute(sql`update tasks set not_before = now() - interval '1 hour' where state = 'retrying'`),
    );
    await failOn('w1', 'ENCODER_FAILED', 'probe');
  }
  const [letter] = await bench.database.query((db) => db.select().from(schema.deadLetters));
  const told = await explain(jobId);
  expect(reasonOf(told, 'failed')).toMatchObject({ error: 'ENCODER_FAILED', stage: 'probe', mayDoBetter: true });
  expect(reasonOf(told, 'dead-letter')).toMatchObject({ letterId: letter?.id, state: 'new', pool: 'probe' });
  expect(told.next).toContain('An operator can replay or park the dead letter.');
});

test('failed by its source: a retry is not what is proposed', async () => {
  const jobId = await probeJob(bench.ports);
  await failOn('w1', 'SOURCE_CORRUPT', 'probe');
  const told = await explain(jobId);
  expect(told.reasons).toMatchObject([{ code: 'failed', error: 'SOURCE_CORRUPT', mayDoBetter: false }]);
  expect(told.next.join()).toContain('Submit one that is mended');
});

test('done: every rung is', async () => {
  const jobId = await plannedJob(bench.ports, {});
  await encodeAll(bench.ports, jobId);
  expect(codesOf(await explain(jobId))).toEqual(['no-worker']);
  await completeJob(bench.ports, jobId);
  const told = await explain(jobId);
  expect(told.reasons).toEqual([{ code: 'completed', warnings: 0 }]);
  expect(told.ladder.filter(({ status }) => status === 'done').map(({ name }) => name)).toEqual(['720p', '480p', '360p', '240p']);
  expect(told.ladder.filter(({ status }) => status === 'left-out').map(({ name }) => name)).toEqual(['2160p', '1440p', '1080p']);
});

test('running: on which workers, what ran there, and what the package still waits for', async () => {
  await see('w1');
  const jobId = await plannedJob(bench.ports, {});
  const claimed = await claimOne(bench.ports, { pool: 'encode', worker: 'w1' });
  await showPhase(bench.ports, claimed, 'w1');
  const command = { program: 'ffmpeg', args: ['-i', '<source>'], startedAt: new Date(), seconds: 1.5, exit: '0' };
  await recordCommands(bench.database, { task: claimed.task, worker: 'w1' }, [command]);
  await recordCommands(bench.database, { task: { ...claimed.task, epoch: 0 }, worker: 'stale' }, [command]);
  const told = await explain(jobId);
  expect(told.state).toBe('transcoding');
  expect(reasonOf(told, 'running')).toMatchObject({ tasks: 1, workers: ['w1'] });
  expect(reasonOf(told, 'parts').open).toBe(reasonOf(told, 'parts').total);
  expect(told.commands).toMatchObject([{ task: claimed.task.name, worker: 'w1', epoch: 1, program: 'ffmpeg', exit: '0' }]);
});

test("another tenant's job is none; the trace is the job's", async () => {
  const jobId = await plannedJob(bench.ports, {});
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  await bench.database.query((db) => db.update(schema.jobs).set({ traceparent }));
  expect(await readSituation(bench.database, { tenantId: 'globex', jobId })).toBeNull();
  expect((await explain(jobId)).traceId).toBe('a'.repeat(32));
  expect((await jobRow(bench.database, jobId))?.state).toBe('assigned');
});
