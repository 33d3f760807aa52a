import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type PostgresReplica, startPostgresReplica } from '../../local/src/index.ts';
import type { Cache } from '../cache/index.ts';
import { createTestLogger } from '../telemetry/index.ts';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database.ts';
import { jobIdOf } from '../work/index.ts';
import { submission } from '../work/testkit/submission.ts';
import { type Database, listJobs, openDatabase, ReadReplica, schema } from './index.ts';

let own: TestDatabase;
let server: PostgresReplica;
let gateways: ReadReplica[];
let number = 0;

/** Redis as several gateways share it. */
const marks = { texts: new Map<string, string>(), isAway: false };
const cache: Cache = {
  get: async (key) => (marks.isAway ? 'unavailable' : { value: marks.texts.get(key) ?? null }),
  set: async (key, value) => void marks.texts.set(key, value),
  forget: async (key) => void marks.texts.delete(key),
  close: () => undefined,
};

beforeAll(async () => {
  own = await createTestDatabase();
  server = await startPostgresReplica(join('.local', `replica-${process.pid}`), own.url);
}, 120_000);
afterAll(async () => {
  await server.stop();
  await own.drop();
});
beforeEach(async () => {
  marks.isAway = false;
  marks.texts.clear();
  gateways = [openGateway(), openGateway()];
  await server.resume();
  for (const gateway of gateways)
    await vi.waitFor(async () => expect(await askedOf(gateway, 'globex')).toBe('replica'), { timeout: 20_000 });
  return async () => {
    await server.resume();
    await Promise.all(gateways.map((gateway) => gateway.close()));
  };
});

const open = (url: string): Database => openDatabase({ url, poolSize: 2 }, { name: 'test', logger: createTestLogger() });
const openGateway = (replicaUrl = server.url): ReadReplica =>
  new ReadReplica({ primary: own.database, replica: open(replicaUrl), marks: cache, logger: createTestLogger() });

/** Which of the servers a read of the tenant is sent to. */
const askedOf = (gateway: ReadReplica, tenantId: string): Promise<'replica' | 'primary'> =>
  gateway.read(tenantId, async (database) => {
    const { rows } = await database.query((db) => db.execute<{ is: boolean }>('select pg_is_in_recovery() as is'));
    return rows[0]?.is ? 'replica' : 'primary';
  });

async function write(tenantId: string, by: ReadReplica): Promise<string> {
  number += 1;
  const job = submission({ tenantId, videoId: `v${number}` });
  const { deadlineAt: _, ...columns } = job;
  await own.database.forTenant(tenantId).query((db) => db.insert(schema.jobs).values({ ...columns, id: jobIdOf(job) }));
  await by.noteWrite(tenantId);
  return jobIdOf(job);
}

const seen = async (by: ReadReplica, tenantId: string): Promise<string[]> => {
  const query = { sort: 'createdAt', order: 'desc', limit: 200, offset: 0 } as const;
  return (await by.read(tenantId, (database) => listJobs(database, tenantId, query))).map(({ row }) => row.id);
};

const [a, b] = [() => gateways[0] as ReadReplica, () => gateways[1] as ReadReplica];

test('whoever wrote reads what they wrote, by whichever gateway, however far the replica is behind', async () => {
  await server.pause();
  const id = await write('acme', a());
  for (const gateway of gateways) expect(await seen(gateway, 'acme')).toContain(id);
  expect(await askedOf(b(), 'acme')).toBe('primary');
  // Nobody of the other tenant wrote anything.
  expect(await askedOf(b(), 'globex')).toBe('replica');
});

test('as soon as the replica has caught up it is asked again, and knows it', async () => {
  await server.pause();
  const id = await write('acme', a());
  await server.resume();
  await vi.waitFor(async () => expect(await askedOf(b(), 'acme')).toBe('replica'), { timeout: 20_000 });
  expect(await seen(b(), 'acme')).toContain(id);
});

test('while it cannot be known who wrote what, everything is asked of the primary', async () => {
  await server.pause();
  const id = await write('acme', a());
  marks.isAway = true;
  expect(await askedOf(b(), 'globex')).toBe('primary');
  expect(await seen(b(), 'acme')).toContain(id);
});

test('a replica shows one tenant as the primary does', async () => {
  const id = await write('acme', a());
  await vi.waitFor(async () => expect(await askedOf(a(), 'acme')).toBe('replica'), { timeout: 20_000 });
  expect(await seen(a(), 'acme')).toContain(id);
  const others = await a().read('globex', (database) =>
    database.query((db) => db.select({ id: schema.jobs.id }).from(schema.jobs)),
  );
  expect(others).toEqual([]);
});

test('a replica that does not answer is no fault: the primary is asked', async () => {
  const lonely = openGateway('postgres://nobody@127.0.0.1:1/none');
  await lonely.look();
  const id = await write('acme', lonely);
  expect(await seen(lonely, 'acme')).toContain(id);
  await lonely.close();
});
