import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { objectKeys } from '@streamflix/contracts';
import { schema } from '@streamflix/infra/database';
import type { Platform } from '@streamflix/infra/processor';
import { openStorage, type StorageProvider } from '@streamflix/infra/storage';
import { startTelemetry, type Telemetry } from '@streamflix/infra/telemetry';
import { createTestDatabase, type TestDatabase } from '@streamflix/infra/testkit';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { checkOrphans, checkRecentJobs, watchBacklog } from './run-checker.ts';

const jobId = '018f0000-0000-7000-8000-000000000001';
const hourMs = 3_600_000;
let test_: TestDatabase;
let telemetry: Telemetry;
let dir: string;
let storage: StorageProvider;
let platform: Platform;

beforeAll(async () => {
  test_ = await createTestDatabase();
  telemetry = startTelemetry('sweep-test', { logLevel: 'error', otlpEndpoint: undefined });
});
afterAll(() => test_.drop());
beforeEach(async () => {
  await test_.database.query((db) => db.execute(sql`truncate jobs, outbox, published_packages cascade`));
  dir = await mkdtemp(join(tmpdir(), 'run-checker-'));
  storage = openStorage({ driver: 'local', dir, bucket: 'own' } as Platform['config']['storage']);
  const config = { checker: { windowMs: hourMs, uploadAbortMs: hourMs } };
  const bus = { readThrough: async () => undefined };
  platform = { config, database: test_.database, storage, bus, telemetry } as unknown as Platform;
  return () => rm(dir, { recursive: true, force: true });
});

const addJob = (changes: Partial<typeof schema.jobs.$inferInsert> = {}) =>
  test_.database.query((db) =>
    db.insert(schema.jobs).values({
      ...{ id: jobId, tenantId: 'acme', videoId: 'v', sourceBucket: 'own', sourceKey: 'k', sourceEtag: 'e' },
      ...changes,
    }),
  );

/** The value of a metric as Prometheus reads it. */
async function metric(name: string): Promise<number | undefined> {
  const [, value] = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'm').exec(await telemetry.renderMetrics()) ?? [];
  return value === undefined ? undefined : Number(value);
}

test('a finding is counted by its kind until it is mended, and the run is dated', async () => {
  const neverAborted = new AbortController().signal;
  await addJob({ state: 'assigned' });
  await checkRecentJobs(platform, neverAborted);
  const text = await telemetry.renderMetrics();
  expect(text).toMatch(/streamflix_checker_findings\{[^}]*kind="history-illegal"[^}]*\} 1/);
  expect(text).toMatch(/streamflix_checker_findings\{[^}]*kind="object-missing"[^}]*\} 0/);
  expect(await metric('streamflix_checker_last_run_timestamp_seconds')).toBeGreaterThan(Date.now() / 1000 - 60);
  await test_.database.query((db) => db.update(schema.jobs).set({ state: 'pending' }));
  await checkRecentJobs(platform, neverAborted);
  expect(await telemetry.renderMetrics()).toMatch(/streamflix_checker_findings\{[^}]*kind="history-illegal"[^}]*\} 0/);
});

test('folders that no job explains are counted; those of jobs are not', async () => {
  await addJob();
  const unknown = '018f0000-0000-7000-8000-000000000009';
  for (const id of [jobId, unknown, 'no-uuid'])
    await storage.write({ key: `${objectKeys.jobPrefix('acme', id)}work/x` }, Buffer.from('x'));
  // The job of another tenant explains nothing.
  await storage.write({ key: `${objectKeys.jobPrefix('other', jobId)}work/x` }, Buffer.from('x'));
  await checkOrphans(platform);
  expect(await metric('streamflix_orphan_folders')).toBe(3);
});

test('what a killed writer left is removed once it is old enough', async () => {
  await storage.write({ key: 'a' }, Buffer.from('x'));
  const [young, old] = [join(dir, '.incoming', 'young'), join(dir, '.incoming', 'old')];
  for (const path of [young, old]) await writeFile(path, 'half');
  const longAgo = new Date(Date.now() - 2 * hourMs);
  await utimes(old, longAgo, longAgo);
  await checkOrphans(platform);
  expect(await metric('streamflix_open_uploads')).toBe(1);
  expect(await metric('streamflix_aborted_uploads_total')).toBe(1);
});

test('the age of the oldest event that was not read back is told, and of overdue work folders how many', async () => {
  await watchBacklog(platform);
  expect(await metric('streamflix_outbox_oldest_unconfirmed_seconds')).toBe(0);
  expect(await metric('streamflix_cleanup_overdue_jobs')).toBe(0);
  const row = (eventId: string, ageMs: number, confirmedAt: Date | null) => ({
    ...{ eventId, topic: 'job.created', key: 'k', value: {}, headers: {}, confirmedAt },
    createdAt: new Date(Date.now() - ageMs),
  });
  await test_.database.query((db) =>
    db.insert(schema.outbox).values([row('told', 9 * hourMs, new Date()), row('old', 2 * hourMs, null), row('young', 0, null)]),
  );
  await addJob({ state: 'completed', outcome: {}, finishedAt: new Date(Date.now() - 2 * hourMs) });
  await addJob({
    ...{ id: '018f0000-0000-7000-8000-000000000002', videoId: 'w', state: 'failed', outcome: {} },
    finishedAt: new Date(Date.now() - 2 * hourMs),
  });
  await watchBacklog(platform);
  expect(Math.round(((await metric('streamflix_outbox_oldest_unconfirmed_seconds')) ?? 0) / 60)).toBe(120);
  expect(await metric('streamflix_cleanup_overdue_jobs')).toBe(1);
});
