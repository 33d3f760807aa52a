import type { Pool } from '@streamflix/contracts';
import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { openDatabase, schema } from '../database/index.ts';
import { createTestLogger } from '../telemetry/index.ts';
import { findAhead, findTenantByTenant, type Seeker } from './find-claimable.ts';
import {
  addTasks,
  type ClaimedTask,
  type ClaimOptions,
  claimTask,
  ensureJob,
  inTransaction,
  liftWaiting,
  reprioritiseJob,
} from './index.ts';
import { takeNext } from './take-next.ts';
import { somebodyWaits } from './testkit/rows.ts';
import { submission } from './testkit/submission.ts';
import { useWorkBench } from './testkit/work-bench.ts';
import { finish } from './testkit/worker.ts';

const bench = useWorkBench();

interface Planned {
  tenantId: string;
  videoId: string;
  priority?: number;
  cpuSeconds?: number[];
  pool?: Pool;
  requires?: string[];
}

/** A job with one ready task for each of the costs; its id. */
function plan({ tenantId, videoId, priority = 5, cpuSeconds = [10], pool = 'encode', requires = [] }: Planned): Promise<string> {
  return inTransaction(bench.ports, async (unit) => {
    const { job } = await ensureJob(unit, submission({ tenantId, videoId, priority }));
    const tasks = cpuSeconds.map((predictedCpuSeconds, index) => ({
      name: `${pool}-${index}`,
      pool,
      spec: { kind: 'probe' } as const,
      state: 'ready' as const,
      predictedCpuSeconds,
      requires,
    }));
    await addTasks(unit, job, tasks);
    return job.id;
  });
}

const planMany = async (tenantId: string, count: number, changes: Partial<Planned> = {}): Promise<void> => {
  for (let index = 0; index < count; index += 1) await plan({ tenantId, videoId: `${tenantId}-${index}`, ...changes });
};
const claim = (changes: Partial<ClaimOptions> = {}): Promise<ClaimedTask | null> =>
  claimTask(bench.ports, { pool: 'encode', worker: 'w', leaseMs: 60_000, ...changes });

const seeker: Seeker = { pool: 'encode', worker: 'w', onlyUnfailed: false, capabilities: [], maxRunningTasks: null };

/** Whose tasks are claimed, one after the other. */
async function claimedTenants(count: number): Promise<(string | undefined)[]> {
  const tenants: (string | undefined)[] = [];
  for (let index = 0; index < count; index += 1) tenants.push((await claim())?.task.tenantId);
  return tenants;
}

const grant = (id: string, granted: Partial<typeof schema.tenants.$inferInsert>) =>
  bench.database.query((db) => db.insert(schema.tenants).values({ id, ...granted }));
const listTags = async (tenantId: string): Promise<number[]> =>
  (
    await bench.database.query((db) =>
      db
        .select({ tag: schema.tasks.tag })
        .from(schema.tasks)
        .where(eq(schema.tasks.tenantId, tenantId))
        .orderBy(schema.tasks.tag),
    )
  ).map(({ tag }) => tag);

test('the single task of a newcomer is claimed next, whatever another tenant has queued', async () => {
  await planMany('heavy', 40);
  expect(await claimedTenants(5)).toEqual(Array(5).fill('heavy'));
  await plan({ tenantId: 'newcomer', videoId: 'v' });
  expect((await claimedTenants(2)).sort()).toContain('newcomer');
});

test('tenants take turns by what their tasks cost, not by how many they are', async () => {
  await plan({ tenantId: 'large', videoId: 'v', cpuSeconds: [30, 30, 30] });
  await plan({ tenantId: 'small', videoId: 'v', cpuSeconds: Array(9).fill(10) });
  const first = await claimedTenants(8);
  expect(first.filter((tenant) => tenant === 'large')).toHaveLength(2);
});

test('a tenant of twice the weight gets twice the work', async () => {
  await grant('double', { weight: 2 });
  await plan({ tenantId: 'double', videoId: 'v', cpuSeconds: Array(12).fill(10) });
  await plan({ tenantId: 'single', videoId: 'v', cpuSeconds: Array(12).fill(10) });
  const first = await claimedTenants(9);
  expect(first.filter((tenant) => tenant === 'double')).toHaveLength(6);
});

test('a tenant that was away gets no credit for it', async () => {
  await plan({ tenantId: 'steady', videoId: 'v', cpuSeconds: Array(20).fill(10) });
  await claimedTenants(10);
  await plan({ tenantId: 'returning', videoId: 'v', cpuSeconds: Array(10).fill(10) });
  const next = await claimedTenants(6);
  expect(next.filter((tenant) => tenant === 'steady').length).toBeGreaterThanOrEqual(2);
});

test('the class stands above the tag', async () => {
  await plan({ tenantId: 'a', videoId: 'low', priority: 3 });
  await plan({ tenantId: 'b', videoId: 'urgent', priority: 10, cpuSeconds: [1_000, 10] });
  await plan({ tenantId: 'c', videoId: 'normal' });
  expect(await claimedTenants(4)).toEqual(['b', 'b', 'c', 'a']);
});

test('background work that is queued does not speak against urgent work of the same tenant', async () => {
  await plan({ tenantId: 'a', videoId: 'background', priority: 1, cpuSeconds: Array(50).fill(100) });
  await plan({ tenantId: 'b', videoId: 'normal', cpuSeconds: [10, 10, 10] });
  await plan({ tenantId: 'a', videoId: 'normal', cpuSeconds: [10] });
  expect(await claimedTenants(2)).toContain('a');
});

test.each([
  ['granted to the tenant', async () => void (await grant('a', { maxRunningTasks: 3 })), undefined],
  ['of the configuration', async () => undefined, 3],
])('a limit of running tasks %s holds, however many claim at a time', async (_, prepare, maxRunningTasks) => {
  await prepare();
  await plan({ tenantId: 'a', videoId: 'v', cpuSeconds: Array(30).fill(1) });
  const claims = await Promise.all(Array.from({ length: 16 }, () => claim({ maxRunningTasks })));
  const taken = claims.filter((each) => each !== null);
  expect(taken).toHaveLength(3);
  expect(await claim({ maxRunningTasks })).toBeNull();
  for (const each of taken.slice(0, 2)) await finish(bench.ports, each);
  const again = await Promise.all(Array.from({ length: 8 }, () => claim({ maxRunningTasks })));
  expect(again.filter((each) => each !== null)).toHaveLength(2);
});

test('a tenant at its limit is passed over, also by those who find its tasks first', async () => {
  await grant('a', { maxRunningTasks: 1 });
  await plan({ tenantId: 'a', videoId: 'v', priority: 10, cpuSeconds: Array(5).fill(1) });
  await plan({ tenantId: 'b', videoId: 'v', cpuSeconds: Array(5).fill(1) });
  const claims = await Promise.all(Array.from({ length: 6 }, () => claim()));
  expect(claims.map((each) => each?.task.tenantId).sort()).toEqual(['a', 'b', 'b', 'b', 'b', 'b']);
});

test('a claim that is not yet committed counts against the limit of its tenant', async () => {
  await grant('a', { maxRunningTasks: 1 });
  await plan({ tenantId: 'a', videoId: 'v', priority: 10, cpuSeconds: [1, 1] });
  await plan({ tenantId: 'b', videoId: 'v' });
  let secondIsThere = false;
  let second: Promise<string | undefined> | undefined;
  await bench.database.transaction(async (db) => {
    const [first] = await takeNext(db, { ...seeker, find: findAhead, leaseSeconds: 60, traceparent: null });
    expect(first?.claimed?.tenantId).toBe('a');
    second = claim().then((claimed) => {
      secondIsThere = true;
      return claimed?.task.tenantId;
    });
    await expect.poll(async () => secondIsThere || (await somebodyWaits(bench.database))).toBe(true);
  });
  expect(await second).toBe('b');
});

test('behind a tenant at its limit the others keep their order', async () => {
  await grant('blocked', { maxRunningTasks: 0 });
  await plan({ tenantId: 'blocked', videoId: 'v', priority: 10, cpuSeconds: Array(20).fill(1) });
  await plan({ tenantId: 'a', videoId: 'low', priority: 3 });
  await plan({ tenantId: 'b', videoId: 'v', cpuSeconds: [10, 10] });
  await plan({ tenantId: 'c', videoId: 'v', cpuSeconds: [5, 5] });
  await plan({ tenantId: 'd', videoId: 'background', priority: 1 });
  const tenants = await claimedTenants(7);
  expect(tenants.slice(0, 2).sort()).toEqual(['b', 'c']);
  expect(tenants.slice(2)).toEqual(['c', 'b', 'a', 'd', undefined]);
});

test('a claim reads as much whether the tenant at its limit has ten tasks or ten thousand', async () => {
  const blocksRead = async (): Promise<number> => {
    await bench.database.query((db) => db.execute(sql`vacuum analyze tasks`));
    const { rows } = await bench.database.query((db) =>
      db.execute<{ 'QUERY PLAN': { Plan: Record<string, number> }[] }>(
        sql`explain (analyze, buffers, format json) ${findTenantByTenant(seeker)}`,
      ),
    );
    const top = rows[0]?.['QUERY PLAN'][0]?.Plan ?? {};
    return (top['Shared Hit Blocks'] ?? 0) + (top['Shared Read Blocks'] ?? 0);
  };
  await grant('blocked', { maxRunningTasks: 0 });
  await plan({ tenantId: 'free', videoId: 'v', priority: 1, cpuSeconds: [1] });
  await plan({ tenantId: 'blocked', videoId: 'v', priority: 10, cpuSeconds: Array(1_000).fill(1) });
  for (let copy = 1; copy < 20; copy += 1) {
    await bench.database.query((db) =>
      db.execute(sql`insert into tasks (id, job_id, tenant_id, pool, kind, name, state, spec, rank, tag)
        select gen_random_uuid(), job_id, tenant_id, pool, kind, name || ${`+${copy}`}, state, spec, rank, tag
        from tasks where tenant_id = 'blocked' and name not like '%+%'`),
    );
  }
  expect(await blocksRead()).toBeLessThan(200);
  expect((await claim())?.task.tenantId).toBe('free');
});

test('a claim is planned for a connection, not for each time', async () => {
  const database = openDatabase({ url: bench.url, poolSize: 1 }, { name: 'test', logger: createTestLogger() });
  try {
    await plan({ tenantId: 'a', videoId: 'v', cpuSeconds: Array(8).fill(1) });
    for (let index = 0; index < 8; index += 1)
      expect(await claimTask({ database }, { pool: 'encode', worker: 'w', leaseMs: 1 })).not.toBeNull();
    const { rows } = await database.query((db) =>
      db.execute(sql`select generic_plans::int as reused from pg_prepared_statements where name = 'claim_ahead_encode'`),
    );
    // PostgreSQL plans the first five by their values, to see whether that is worth it.
    expect(rows).toEqual([{ reused: 3 }]);
  } finally {
    await database.close();
  }
});

test('a worker claims only what it can do, and what it cannot is in nobody else’s way', async () => {
  await plan({ tenantId: 'a', videoId: 'v', priority: 10, requires: ['gpu', 'av1'] });
  await plan({ tenantId: 'a', videoId: 'plain', priority: 1 });
  expect((await claim({ capabilities: ['gpu'] }))?.task.requires).toEqual([]);
  expect(await claim({ capabilities: ['gpu'] })).toBeNull();
  expect((await claim({ capabilities: ['av1', 'hevc', 'gpu'] }))?.task.requires).toEqual(['av1', 'gpu']);
});

test('waiting lifts background work above a stream of urgent work', async () => {
  await plan({ tenantId: 'a', videoId: 'background', priority: 1 });
  const age = () =>
    bench.database.query((db) => db.execute(sql`update tasks set ranked_at = now() - interval '1 hour' where tenant_id = 'a'`));
  const lift = () => liftWaiting(bench.ports, { ageingMs: 60_000, limit: 100 });
  expect(await lift()).toBe(0);
  for (let step = 0; step < 3; step += 1) {
    await planMany(`urgent-${step}`, 2, { priority: 10 });
    expect(await claimedTenants(1)).not.toContain('a');
    await age();
    expect(await lift()).toBe(1);
    expect(await lift()).toBe(0);
  }
  await age();
  expect(await lift()).toBe(0);
  await planMany('urgent-last', 5, { priority: 10 });
  expect(await claimedTenants(5)).toContain('a');
});

test('plannings of one tenant at the same time take one turn after the other, and none is lost', async () => {
  const videos = Array.from({ length: 12 }, (_, index) => `v${index}`);
  const ids = await Promise.all(videos.map((videoId) => plan({ tenantId: 'a', videoId, cpuSeconds: [10, 20] })));
  expect(new Set(ids).size).toBe(12);
  const tags = await listTags('a');
  expect(new Set(tags).size).toBe(24);
  expect(tags.at(0)).toBe(0);
  const [share] = await bench.database.query((db) => db.select().from(schema.tenantShares));
  expect(share?.finish).toBeCloseTo(12 * 30);
});

test('planning twice charges once', async () => {
  for (const _ of [1, 2]) await plan({ tenantId: 'a', videoId: 'v', cpuSeconds: [10, 20] });
  const [share] = await bench.database.query((db) => db.select().from(schema.tenantShares));
  expect(share?.finish).toBeCloseTo(30);
});

test('a job of another priority is claimed in the new class; its running tasks go on', async () => {
  await planMany('a', 3);
  const late = await plan({ tenantId: 'a', videoId: 'late', priority: 1, cpuSeconds: [10, 10] });
  const ask = (changes: object) =>
    reprioritiseJob(bench.ports, { tenantId: 'a', jobId: late, priority: 10, requestedBy: 'test', ...changes });
  expect(await ask({ tenantId: 'other' })).toBe('not-found');
  expect(await ask({})).toBe('reprioritised');
  const first = await claim();
  expect(first?.job).toMatchObject({ id: late, priority: 10 });
  expect(await ask({ priority: 3 })).toBe('reprioritised');
  expect((await claim())?.job.id).not.toBe(late);
  if (first !== null) await finish(bench.ports, first);
  const notes = await bench.database.query((db) => db.select().from(schema.history).where(eq(schema.history.jobId, late)));
  expect(notes.map(({ why }) => why)).toContain('priority 10 to 3');
});

test('claims, plannings, lifts and re-prioritising at the same time come to an end', async () => {
  const jobs = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      plan({ tenantId: `t${index % 2}`, videoId: `v${index}`, priority: 3, cpuSeconds: [1, 2, 3] }),
    ),
  );
  await bench.database.query((db) => db.execute(sql`update tasks set ranked_at = now() - interval '1 hour'`));
  const work = jobs.flatMap((jobId, index) => [
    reprioritiseJob(bench.ports, { tenantId: `t${index % 2}`, jobId, priority: 10, requestedBy: 'test' }),
    plan({ tenantId: `t${index % 2}`, videoId: `new${index}`, priority: 5, cpuSeconds: [1, 2] }),
    plan({ tenantId: `t${index % 2}`, videoId: `new${index}`, priority: 5, cpuSeconds: [1, 2], pool: 'package' }),
    liftWaiting(bench.ports, { ageingMs: 1, limit: 10 }),
    claim(),
  ]);
  await Promise.all(work);
  const { rows } = await bench.database.query((db) => db.execute<{ count: string }>(sql`select count(*) from tasks`));
  expect(Number(rows[0]?.count)).toBe(6 * 3 + 6 * 4);
});
