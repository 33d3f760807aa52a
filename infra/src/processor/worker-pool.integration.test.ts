import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StreamflixError } from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../config/index.ts';
import { schema, type TaskRow } from '../database/index.ts';
import { openStorage } from '../storage/index.ts';
import { createTestLogger } from '../telemetry/index.ts';
import { RecordingBus } from '../testkit/recording-bus.ts';
import { cancelJob, OutboxRelay } from '../work/index.ts';
import { mayBeAway } from '../work/testkit/may-be-away.ts';
import { probeJob } from '../work/testkit/probe-job.ts';
import { taskRow } from '../work/testkit/rows.ts';
import { useWorkBench } from '../work/testkit/work-bench.ts';
import { Circuits } from './circuits.ts';
import type { Platform } from './platform.ts';
import type { TaskContext, Work } from './run-task.ts';
import { WorkerPool } from './worker-pool.ts';

const bench = useWorkBench();
let dir: string;
let pool: WorkerPool;
let databaseIsAway: boolean;
let circuits: Circuits;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'worker-pool-'));
  databaseIsAway = false;
});
afterEach(async () => {
  databaseIsAway = false;
  await pool.drain(0);
  circuits.close();
  await rm(dir, { recursive: true, force: true });
});

const leaseMs = 300;

function startPool(run: Work, env: Record<string, string> = {}): Promise<void> {
  const config = loadConfig({
    KAFKA_BROKERS: 'nowhere:1',
    SCHEMA_REGISTRY_URL: 'http://nowhere',
    DATABASE_URL: bench.url,
    REDIS_URL: 'redis://nowhere',
    STORAGE_DRIVER: 'local',
    STORAGE_DIR: join(dir, 'store'),
    WORK_DIR: join(dir, 'work'),
    LEASE_SECONDS: String(leaseMs / 1000),
    POLL_SECONDS: '0.1',
    ...env,
  });
  const database = mayBeAway(bench.database, () => databaseIsAway);
  const logger = createTestLogger();
  const storage = openStorage(config.storage);
  const answers = async (): Promise<void> => undefined;
  circuits = new Circuits(
    { database: () => database.check(), store: () => storage.check(), kafka: answers, registry: answers },
    logger,
  );
  const bus = new RecordingBus();
  const platform = {
    service: 'probe',
    instance: 'w',
    config,
    telemetry: { logger },
    database,
    storage,
    locks: { acquire: async () => 'unavailable' },
    bus,
    outbox: new OutboxRelay({ database, bus, logger }),
    circuits,
  } as unknown as Platform;
  pool = new WorkerPool(platform, { pool: 'probe', slots: 1, run });
  return pool.start();
}

const submit = (videoId = 'v1'): Promise<string> => probeJob(bench.ports, { videoId });

const task = (): Promise<TaskRow | undefined> => taskRow(bench.database);
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

test('work that fails while the database is away for longer than the lease has failed, and no worker was lost', async () => {
  await submit();
  await startPool(async () => {
    databaseIsAway = true;
    throw new StreamflixError('ENCODER_FAILED');
  });
  await expect.poll(leaseRanOut).toBe(true);
  databaseIsAway = false;
  await expect.poll(task).toMatchObject({ errorCode: 'ENCODER_FAILED', epoch: 1, failedAttempts: 1, lostWorkers: 0 });
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
  await bench.database.query((db) => db.execute(sql`update jobs set state = 'retrying' where id = ${jobId}`));
  // The claim comes through; what follows it does not.
  await bench.database.query((db) =>
    db.execute(sql`create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'no' using errcode = '57014'; end $$`),
  );
  await bench.database.query((db) => db.execute(sql`create trigger refuse before update on jobs execute function refuse()`));
  let runs = 0;
  await startPool(async () => {
    runs += 1;
    return nothing;
  });
  await expect.poll(async () => (await task())?.state).toBe('done');
  await bench.database.query((db) => db.execute(sql`drop trigger refuse on jobs`));
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
  await cancelJob({ database: bench.database, outbox }, { tenantId: 'acme', jobId, requestedBy: 'test' });
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

const tasksNow = (): Promise<TaskRow[]> => bench.database.query((db) => db.select().from(schema.tasks));
const inAnyOrder = async (): Promise<[string, number][]> =>
  (await tasksNow()).map(({ state, failedAttempts }): [string, number] => [state, failedAttempts]).sort();

test('a worker on which every video fails stops claiming, says why, and the videos have lost no attempt', async () => {
  for (const video of ['v1', 'v2', 'v3', 'v4']) await submit(video);
  let runs = 0;
  await startPool(async () => {
    runs += 1;
    throw new StreamflixError('ENCODER_FAILED');
  });
  await expect.poll(() => pool.notReady(), { timeout: 10_000 }).toEqual([expect.stringMatching(/quarantined.*ENCODER_FAILED/)]);
  expect(runs).toBe(3);
  await bench.database.query((db) =>
    db.execute(sql`update tasks set not_before = now() - interval '1 hour' where state = 'retrying'`),
  );
  await pool.ring();
  expect(runs).toBe(3);
  expect((await tasksNow()).map(({ failedAttempts }) => failedAttempts)).toEqual([0, 0, 0, 0]);
});

test('a worker whose store is away claims nothing until it is back, and no task has lost an attempt', async () => {
  for (const video of ['v1', 'v2', 'v3', 'v4']) await submit(video);
  let storeIsAway = true;
  let runs = 0;
  await startPool(async ({ platform }) => {
    runs += 1;
    platform.storage.check = async () => {
      if (storeIsAway) throw new StreamflixError('STORE_UNAVAILABLE');
    };
    await platform.storage.check();
    return nothing;
  });
  await expect.poll(() => circuits.reasons(), { timeout: 10_000 }).toEqual([expect.stringContaining('the store')]);
  const ready = (await tasksNow()).filter(({ state }) => state === 'ready').length;
  expect(ready).toBeGreaterThan(0);
  await pool.ring();
  expect((await tasksNow()).filter(({ state }) => state === 'ready')).toHaveLength(ready);
  storeIsAway = false;
  await expect.poll(inAnyOrder, { timeout: 20_000 }).toEqual(Array(4).fill(['done', 0]));
  expect(runs).toBeGreaterThan(4);
});

test('a step that fails for a moment is tried again inside the task', async () => {
  await submit();
  let tries = 0;
  await startPool(async ({ step }) => {
    await step('fetch', async () => {
      tries += 1;
      if (tries < 3) throw new StreamflixError('STORE_UNAVAILABLE');
    });
    return nothing;
  });
  await expect.poll(async () => (await task())?.state, { timeout: 10_000 }).toBe('done');
  expect(tries).toBe(3);
  expect((await task())?.epoch).toBe(1);
});

test('a worker without room claims nothing and says so', async () => {
  await submit();
  await startPool(async () => nothing, { MIN_FREE_DISK_BYTES: '1000000000000000' });
  await expect.poll(() => pool.notReady()).toEqual([expect.stringContaining('disk')]);
  expect((await task())?.state).toBe('ready');
});

test('a task that needs more room than is left goes back without an attempt', async () => {
  const jobId = await submit();
  await bench.database.query((db) => db.execute(sql`update jobs set size_bytes = 1000000000000000 where id = ${jobId}`));
  await startPool(async () => nothing);
  await expect.poll(task).toMatchObject({ errorCode: 'DISK_FULL', state: 'retrying', failedAttempts: 0 });
});

test('a worker that can no longer do what its running task requires hands it back, and no attempt is lost', async () => {
  const devices = join(dir, 'devices');
  await writeFile(devices, 'gpu\nhevc\n');
  await submit();
  await bench.database.query((db) => db.execute(sql`update tasks set requires = '{gpu}'`));
  let runs = 0;
  const run: Work = async ({ signal }) => {
    runs += 1;
    if (runs > 1) return nothing;
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  };
  await startPool(run, { CAPABILITIES_FILE: devices });
  await expect.poll(() => runs).toBe(1);
  await rm(devices);
  await expect.poll(async () => (await task())?.state).toBe('ready');
  expect(await task()).toMatchObject({ errorCode: 'CAPABILITY_LOST', failedAttempts: 0, lostWorkers: 0, epoch: 1 });
  const reported = () => bench.database.query((db) => db.select().from(schema.workers));
  await expect.poll(async () => (await reported()).map(({ capabilities }) => capabilities)).toEqual([[]]);
  expect(runs).toBe(1);
  await writeFile(devices, 'gpu');
  await expect.poll(async () => (await task())?.state).toBe('done');
});

test('a task that is held and never begun is taken from its work, though that listens to nothing, and the slot is free', async () => {
  await submit();
  let runs = 0;
  await startPool(
    async () => {
      runs += 1;
      return runs === 1 ? new Promise(() => undefined) : nothing;
    },
    // It claims when a task ends, too early for this one, and then when it is rung.
    { START_SECONDS: '2', POLL_SECONDS: '60' },
  );
  await expect
    .poll(task, { timeout: 20_000 })
    .toMatchObject({ errorCode: 'TASK_NOT_STARTED', state: 'retrying', failedAttempts: 1, lostWorkers: 0 });
  await bench.database.query((db) => db.execute(sql`update tasks set not_before = now()`));
  await pool.ring();
  await expect.poll(async () => (await task())?.state).toBe('done');
  expect(runs).toBe(2);
});

test.each<[string, (context: TaskContext) => unknown]>([
  ['has reported', ({ report }) => report(0.1)],
  ['has done a step', ({ step }) => step('a step', async () => undefined)],
])('a task that %s may take as long as it likes', async (_, begin) => {
  await submit();
  await startPool(
    async (context) => {
      await begin(context);
      await delay(3_000, undefined, { signal: context.signal });
      return nothing;
    },
    { START_SECONDS: '2' },
  );
  await expect.poll(async () => (await task())?.state, { timeout: 20_000 }).toBe('done');
  expect((await task())?.epoch).toBe(1);
});

test('which programs ran is kept, whether the task was done or failed, and without places on the disk', async () => {
  await submit();
  let runs = 0;
  await startPool(async ({ media, scratchDir }) => {
    runs += 1;
    const ran = { program: 'ffmpeg', args: ['-i', join(scratchDir, 'in.mp4')], startedAt: new Date(), seconds: 2 };
    media.onRan?.({ ...ran, exit: runs === 1 ? '1' : '0' });
    if (runs === 1) throw new StreamflixError('CAPABILITY_LOST');
    return nothing;
  });
  await expect.poll(async () => (await task())?.state).toBe('done');
  const rows = await bench.database.query((db) => db.select().from(schema.taskCommands).orderBy(schema.taskCommands.id));
  expect(rows.map(({ epoch, worker, program, exit }) => [epoch, worker, program, exit])).toEqual([
    [1, 'w', 'ffmpeg', '1'],
    [2, 'w', 'ffmpeg', '0'],
  ]);
  expect(rows.every(({ args }) => /^<work>\/task-\w+\/in\.mp4$/.test(args[1] ?? ''))).toBe(true);
});
