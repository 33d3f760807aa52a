import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { dismissWorker, readEncodeCapacity, seeWorker } from './index.ts';
import { assignedJob } from './testkit/assigned-job.ts';
import { useWorkBench } from './testkit/work-bench.ts';
import { claimOne } from './testkit/worker.ts';

const bench = useWorkBench();

const see = (instance: string, slots: number, freeDiskBytes = 1000, pool: 'encode' | 'probe' = 'encode') =>
  seeWorker(bench.database, { instance, pool, slots, freeDiskBytes }, { starts: true });

test('without workers nothing is idle', async () => {
  expect(await readEncodeCapacity(bench.database)).toEqual({ idleSlots: 0, freeDiskBytes: [], capabilities: [] });
});

test('slots of the workers that are there are idle, but for those whose task runs or waits', async () => {
  await see('a', 2, 500);
  await see('b', 3, 700);
  await see('of another pool', 50, 1, 'probe');
  expect(await readEncodeCapacity(bench.database)).toEqual({ idleSlots: 5, freeDiskBytes: [500, 700], capabilities: [] });
  await assignedJob(bench.ports, ['audio', 'images']);
  await claimOne(bench.ports, { pool: 'encode', worker: 'a' });
  expect((await readEncodeCapacity(bench.database)).idleSlots).toBe(3);
});

test('who left, or is quarantined, is not counted, and a long queue leaves none', async () => {
  await see('a', 2);
  await see('b', 3, 700);
  await see('c', 4);
  await dismissWorker(bench.database, 'a');
  await bench.database.query((db) =>
    db.execute(sql`update workers set quarantined_until = now() + interval '1 minute' where instance = 'c'`),
  );
  expect(await readEncodeCapacity(bench.database)).toEqual({ idleSlots: 3, freeDiskBytes: [700], capabilities: [] });
  await assignedJob(
    bench.ports,
    Array.from({ length: 9 }, (_, index) => `r${index}`),
  );
  expect((await readEncodeCapacity(bench.database)).idleSlots).toBe(0);
});
