import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StreamflixError } from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../config/index.ts';
import { type Database, schema, type TaskRow } from '../database/index.ts';
import { openStorage } from '../storage/index.ts';
import { createTestLogger } from '../telemetry/index.ts';
import { RecordingBus } from '../testkit/recording-bus.ts';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database.ts';
import { cancelJob, ensureJob, ensureProbeTask, inTransaction, OutboxRelay } from '../work/index.ts';
import type { Platform } from './platform.ts';
import type { Work } from './run-task.ts';
import { WorkerPool } from './worker-pool.ts';

let test_: TestDatabase;
let dir: string;
let pool: WorkerPool;
let databaseIsAway: boolean;

beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.drop());
beforeEach(async () => {
  await test_.database.query((db) => db.execute(sql`truncate jobs, tasks, renditions, inbox, outbox, history cascade`));
  dir = await mkdtemp(join(tmpdir(), 'worker-pool-'));
  databaseIsAway = false;
});
afterEach(async () => {
  databaseIsAway = false;
  await pool.drain(0);
  await rm(dir, { recursive: true, force: true });
});

const leaseMs = 300;

/** The database as a worker has it, which can go away. */
function workersDatabase(): Database {
  const { database } = test_;
  const guard = <T>(run: () => Promise<T>): Promise<T> =>
    databaseIsAway ? Promise.reject(new StreamflixError('DATABASE_UNAVAILABLE')) : run();
  return {
    ...database,
    query: (run) => guard(() => database.query(run)),
    transaction: (run) => guard(() => database.transaction(run)),
  };
}

function startPool(run: Work): Promise<void> {
  const config = loadConfig({
    KAFKA_BROKERS: 'nowhere:1',
    SCHEMA_REGISTRY_URL: 'http://nowhere',
    DATABASE_URL: test_.url,
    REDIS_URL: 'redis://nowhere',
    STORAGE_DRIVER: 'local',
    STORAGE_DIR: join(dir, 'store'),
    WORK_DIR: join(dir, 'work'),
    LEASE_SECONDS: String(leaseMs / 1000),
    POLL_SECONDS: '0.1',
  });
  const database = workersDatabase();
  const logger = createTestLogger();
  const platform = {
    service: 'probe',
    instance: 'w',
    config,
    telemetry: { logger },
    database,
    storage: openStorage(config.storage),
    locks: { acquire: async () => 'unavailable' },
    outbox: new OutboxRelay({ database, bus: new RecordingBus(), logger }),
  } as unknown as Platform;
  pool = new WorkerPool(platform, { pool: 'probe', slots: 1, run });
  return pool.start();
}

const submit = (): Promise<string> =>
  inTransaction({ database: test_.database, outbox: { send: () => undefined } as unknown as OutboxRelay }, async (unit) => {
    const { job } = await ensureJob(unit, {
      tenantId: 'acme',
      videoId: 'v1',
      sourceBucket: 'b',
      sourceKey: 'k.mp4',
      sourceEtag: 'e1',
      sizeBytes: 10,
      filename: null,
      contentType: null,
      checksumSha256: null,
      profile: null,
      priority: 5,
      webhookUrl: null,
      deadlineAt: null,
      metadata: {},
    });
    await ensureProbeTask(unit, job);
    return job.id;
  });

const task = async (): Promise<TaskRow | undefined> => (await test_.database.query((db) => db.select().from(schema.tasks)))[0];
const leaseRanOut = async (): Promise<boolean> => {
  const until = (await task())?.leaseUntil;
  return until != null && until.getTime() + leaseMs < Date.now();
};
const nothing = { result: { objects: [] } };

test('work that ends while the database is away for longer than the lease is written when it is back', async () => {
  await submit();
  await startPool(async () => {
    databaseIsAway = true;
    return nothing;
  });
  await expect.poll(leaseRanOut).toBe(true);
  databaseIsAway = false;
  await expect.poll(async () => (await task())?.state).toBe('done');
  expect((await task())?.epoch).toBe(1);
});

test('work goes on while the database is away for longer than the lease', async () => {
  await submit();
  const end = Promise.withResolvers<void>();
  let signal: AbortSignal | undefined;
  await startPool(async (context) => {
    signal = context.signal;
    await Promise.race([end.promise, new Promise((_, reject) => signal?.addEventListener('abort', reject))]);
    return nothing;
  });
  await expect.poll(() => signal).toBeDefined();
  databaseIsAway = true;
  await expect.poll(leaseRanOut).toBe(true);
  expect(signal?.aborted).toBe(false);
  databaseIsAway = false;
  await expect.poll(leaseRanOut).toBe(false);
  end.resolve();
  await expect.poll(async () => (await task())?.state).toBe('done');
});

test('a task that was claimed is worked on, though its job could not be shown to move', async () => {
  const jobId = await submit();
  await test_.database.query((db) => db.execute(sql`update jobs set state = 'retrying' where id = ${jobId}`));
  // The claim comes through; what follows it does not.
  await test_.database.query((db) =>
    db.execute(sql`create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'no' using errcode = '57014'; end $$`),
  );
  await test_.database.query((db) => db.execute(sql`create trigger refuse before update on jobs execute function refuse()`));
  let runs = 0;
  await startPool(async () => {
    runs += 1;
    return nothing;
  });
  await expect.poll(async () => (await task())?.state).toBe('done');
  await test_.database.query((db) => db.execute(sql`drop trigger refuse on jobs`));
  expect(runs).toBe(1);
});

test('a worker whose job is cancelled stops, and nothing of the task stays in the store', async () => {
  const jobId = await submit();
  let left: string | undefined;
  await startPool(async ({ platform, objectPrefix, signal }) => {
    await platform.storage.write({ key: `${objectPrefix}half.mp4` }, Buffer.from('half'));
    left = objectPrefix;
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    return nothing;
  });
  await expect.poll(() => left).toBeDefined();
  const outbox = { send: () => undefined } as unknown as OutboxRelay;
  await cancelJob({ database: test_.database, outbox }, { tenantId: 'acme', jobId, requestedBy: 'test' });
  const files = async () => (await readdir(join(dir, 'store'), { recursive: true })).filter((name) => name.endsWith('half.mp4'));
  await expect.poll(files).toEqual([]);
  expect((await task())?.state).toBe('cancelled');
});

test('a pool that was drained leaves nothing on the disk', async () => {
  await submit();
  await startPool(async ({ scratchDir }) => {
    await writeFile(join(scratchDir, 'big'), 'x');
    return nothing;
  });
  await expect.poll(async () => (await task())?.state).toBe('done');
  await pool.drain(1_000);
  expect(await readdir(join(dir, 'work', 'probe'))).toEqual([]);
});
