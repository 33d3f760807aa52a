import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FindingKind, StreamflixError, type VerificationLine } from '@streamflix/contracts';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { schema } from '../database/index.ts';
import { openStorage } from '../storage/index.ts';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database.ts';
import { outcomeEventIdOf } from '../work/index.ts';
import { type JobScope, listJobsInScope } from './list-jobs.ts';
import type { CheckerPorts } from './look-at-jobs.ts';
import { verifyJobs } from './verify-jobs.ts';

const { jobs, history } = schema;
const hourMs = 3_600_000;
let test_: TestDatabase;
let ports: CheckerPorts;

beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.drop());
beforeEach(async () => {
  await test_.database.query((db) => db.execute(sql`truncate jobs, outbox cascade`));
  const dir = await mkdtemp(join(tmpdir(), 'verify-jobs-'));
  const storage = openStorage({ driver: 'local', dir, bucket: 'own' } as Parameters<typeof openStorage>[0]);
  ports = { database: test_.database, storage, bus: { readThrough: async () => undefined } };
  return () => rm(dir, { recursive: true, force: true });
});

const idOf = (number: number): string => `018f0000-0000-7000-8000-${String(number).padStart(12, '0')}`;
const source = { tenantId: 'acme', sourceBucket: 'own', sourceKey: 'k', sourceEtag: 'e' };
const identity = (number: number) => ({ ...source, id: idOf(number), videoId: `v${number}` });
const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * hourMs);

const insertJob = (row: typeof jobs.$inferInsert) => test_.database.query((db) => db.insert(jobs).values(row));

/** A job that ended by the book, of which the topics (which are empty) know nothing. */
async function addUntoldJob(number: number): Promise<string> {
  const { id, videoId } = identity(number);
  const outcome = { eventId: outcomeEventIdOf({ id, attempt: 1 }), jobId: id, tenantId: 'acme', videoId, code: 'JOB_CANCELLED' };
  await insertJob({ ...identity(number), state: 'cancelled', outcome, finishedAt: new Date() });
  const step = { jobId: id, fromState: 'pending', toState: 'cancelled', who: 'test' };
  await test_.database.query((db) => db.insert(history).values(step));
  return id;
}

const deleteJob = (id: string) => test_.database.query((db) => db.delete(jobs).where(eq(jobs.id, id)));

/** Ports on which something happens each time the topics are read. */
function meanwhile(happens: (reading: number) => Promise<unknown>): CheckerPorts {
  let readings = 0;
  const readThrough = async (): Promise<void> => {
    readings += 1;
    await happens(readings);
  };
  return { ...ports, bus: { readThrough } };
}

async function verify(scope: JobScope, on = ports): Promise<VerificationLine[]> {
  const lines: VerificationLine[] = [];
  for await (const line of verifyJobs(on, scope, { withOrphans: false, settleMs: 1 })) lines.push(line);
  return lines;
}

const found = (lines: VerificationLine[]): [string, FindingKind][] =>
  lines.flatMap((line) => (line.type === 'finding' ? [[line.jobId, line.kind] satisfies [string, FindingKind]] : []));

test('what stands still and is wrong is told once', async () => {
  const jobId = await addUntoldJob(1);
  const lines = await verify({ sinceMs: hourMs });
  expect(found(lines)).toEqual([[jobId, 'outcome-missing']]);
  expect(lines.at(-1)).toEqual({ type: 'summary', jobs: 1, findings: 1, changing: 0 });
});

test('what is put right while the checker looks is not told', async () => {
  const jobId = await addUntoldJob(1);
  const repaired = meanwhile(async (reading) => {
    if (reading === 2) await deleteJob(jobId);
  });
  expect((await verify({ sinceMs: hourMs }, repaired)).at(-1)).toEqual({ type: 'summary', jobs: 1, findings: 0, changing: 0 });
});

test('a job that never stands still is counted, not reported', async () => {
  const jobId = await addUntoldJob(1);
  const moving = meanwhile(() =>
    test_.database.query((db) => db.execute(sql`update jobs set updated_at = updated_at + interval '1 s' where id = ${jobId}`)),
  );
  expect((await verify({ sinceMs: hourMs, jobId }, moving)).at(-1)).toEqual({
    type: 'summary',
    jobs: 1,
    findings: 0,
    changing: 1,
  });
});

test('a job that stands still at last is told of', async () => {
  const jobId = await addUntoldJob(1);
  const settling = meanwhile(async (reading) => {
    const move = sql`update jobs set updated_at = updated_at + interval '1 s' where id = ${jobId}`;
    if (reading === 2) await test_.database.query((db) => db.execute(move));
  });
  expect(found(await verify({ sinceMs: hourMs, jobId }, settling))).toEqual([[jobId, 'outcome-missing']]);
});

test('a server that is away ends the run with its error, and is no finding', async () => {
  const jobId = await addUntoldJob(1);
  const away = async () => {
    throw new StreamflixError('BUS_UNAVAILABLE');
  };
  await expect(verify({ sinceMs: hourMs }, { ...ports, bus: { readThrough: away } })).rejects.toMatchObject({
    code: 'BUS_UNAVAILABLE',
  });
  await test_.database.query((db) => db.update(jobs).set({ cleanedAt: new Date() }).where(eq(jobs.id, jobId)));
  // biome-ignore lint/correctness/useYield: it fails before its first object.
  const list = async function* () {
    throw new StreamflixError('STORE_UNAVAILABLE');
  };
  const storage = { ...ports.storage, list };
  await expect(verify({ sinceMs: hourMs }, { ...ports, storage })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

test('a manifest that the store cannot give just now is no invalid manifest', async () => {
  const { id, tenantId } = identity(1);
  const prefix = `tenants/${tenantId}/jobs/${id}/package/v1/`;
  const plan = { source: {}, segmentSeconds: 6, renditions: [] } as unknown as NonNullable<(typeof jobs.$inferInsert)['plan']>;
  await insertJob({ ...identity(1), state: 'completed', outcome: {}, packageVersion: 1, plan, finishedAt: new Date() });
  const list = async function* () {
    yield { key: `${prefix}master.m3u8`, sizeBytes: 9, etag: 'e', contentType: null, lastModified: new Date() };
  };
  const read = async () => {
    throw new StreamflixError('STORE_UNAVAILABLE');
  };
  const storage = { ...ports.storage, list, read };
  await expect(verify({ sinceMs: hourMs }, { ...ports, storage })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

test('a job that is not there is NOT_FOUND', async () => {
  await expect(verify({ sinceMs: hourMs, jobId: idOf(9) })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('every job that changed lately or has not ended is listed once, however many changed in one moment', async () => {
  const moment = hoursAgo(0.5);
  for (let number = 1; number <= 7; number += 1) await insertJob({ ...identity(number), updatedAt: moment });
  const ended = { state: 'failed', outcome: {} } as const;
  await insertJob({ ...identity(8), ...ended, finishedAt: hoursAgo(0.1), updatedAt: hoursAgo(0.1) });
  await insertJob({ ...identity(9), ...ended, finishedAt: hoursAgo(2), updatedAt: hoursAgo(2) });
  await insertJob({ ...identity(10), updatedAt: hoursAgo(48), createdAt: hoursAgo(48) });
  const windows: string[][] = [];
  for await (const window of listJobsInScope(test_.database, { sinceMs: hourMs }, 3)) windows.push(window.map(({ id }) => id));
  expect(windows.flat()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 10].map(idOf));
  expect(Math.max(...windows.map(({ length }) => length))).toBe(3);
  const one: string[] = [];
  for await (const window of listJobsInScope(test_.database, { sinceMs: 1, jobId: idOf(9) }, 3))
    one.push(...window.map(({ id }) => id));
  expect(one).toEqual([idOf(9)]);
});
