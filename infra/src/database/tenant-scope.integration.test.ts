import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestLogger } from '../telemetry/index.ts';
import { createTestDatabase, RecordingBus, type TestDatabase } from '../testkit/index.ts';
import { cancelJob, OutboxRelay, retryJob, submitUpload } from '../work/index.ts';
import { submission } from '../work/testkit/submission.ts';
import { schema } from './index.ts';

const { jobs, tasks, renditions, history } = schema;
const tenantIds = ['acme', 'globex'] as const;
const jobIds: Record<string, string> = {};
let own: TestDatabase;
let outbox: OutboxRelay;

beforeAll(async () => {
  own = await createTestDatabase();
  const { database } = own;
  outbox = new OutboxRelay({ database, bus: new RecordingBus(), logger: createTestLogger() });
  for (const tenantId of tenantIds) {
    const scoped = { database: database.forTenant(tenantId), outbox };
    jobIds[tenantId] = (await submitUpload(scoped, submission({ tenantId, sizeBytes: 10 }), { maxQueuedJobs: 5 })).jobId;
    const jobId = jobIds[tenantId];
    await database.query((db) => db.insert(renditions).values({ jobId, name: '720p', spec: {} as never }));
    await cancelJob(scoped, { tenantId, jobId, requestedBy: 'test' });
    await retryJob(scoped, { tenantId, jobId, requestedBy: 'test' });
  }
});
afterAll(async () => {
  await outbox.drain();
  await own.drop();
});

const acme = () => own.database.forTenant('acme');
const [mine, theirs] = [() => String(jobIds.acme), () => String(jobIds.globex)];

test('a query without its filter sees everything as the owner and only its own as a tenant', async () => {
  const tenantsSeen = async (database: typeof own.database) => {
    const rows = await database.query((db) => db.select({ tenantId: jobs.tenantId }).from(jobs));
    return rows.map(({ tenantId }) => tenantId).sort();
  };
  expect(await tenantsSeen(own.database)).toEqual(['acme', 'globex']);
  expect(await tenantsSeen(acme())).toEqual(['acme']);
  expect(await tenantsSeen(own.database)).toEqual(['acme', 'globex']);
});

test('what belongs to a job belongs to its tenant', async () => {
  for (const table of [tasks, renditions, history]) {
    const rows = await acme().query((db) => db.select({ jobId: table.jobId }).from(table));
    expect(new Set(rows.map(({ jobId }) => jobId))).toEqual(new Set([mine()]));
  }
});

test('a job of another tenant can be neither changed, deleted, taken over nor made', async () => {
  const change = await acme().query((db) => db.update(jobs).set({ priority: 9 }).where(eq(jobs.id, theirs())).returning());
  const gone = await acme().query((db) => db.delete(jobs).where(eq(jobs.id, theirs())).returning());
  expect([change, gone]).toEqual([[], []]);
  const move = acme().query((db) => db.update(jobs).set({ tenantId: 'globex' }).where(eq(jobs.id, mine())));
  await expect(move).rejects.toThrow(/row-level security/);
  const note = { jobId: theirs(), toState: 'x', who: 'x' };
  await expect(acme().transaction((db) => db.insert(history).values(note))).rejects.toThrow(/row-level security/);
});

test('a transaction sees one tenant from its first statement to its last', async () => {
  const seen = await acme().transaction(async (db) => {
    const first = await db.select({ id: jobs.id }).from(jobs);
    return [...first, ...(await db.select({ id: jobs.id }).from(jobs))];
  });
  expect(seen.map(({ id }) => id)).toEqual([mine(), mine()]);
});

test('many at a time on few connections never see one another', async () => {
  const asked = Array.from({ length: 200 }, (_, index) => tenantIds[index % 2] ?? 'acme');
  const seen = await Promise.all(
    asked.map((tenantId) => own.database.forTenant(tenantId).query((db) => db.select({ tenantId: jobs.tenantId }).from(jobs))),
  );
  expect(seen.map((rows) => rows.map(({ tenantId }) => tenantId))).toEqual(asked.map((tenantId) => [tenantId]));
});

test('a statement that fails leaves the connection as it was', async () => {
  await Promise.all(
    Array.from({ length: 40 }, () =>
      expect(acme().query((db) => db.execute(sql`select 1 / 0`))).rejects.toThrow(/division by zero/),
    ),
  );
  const { rows } = await own.database.query((db) =>
    db.execute(
      sql`select current_user <> 'streamflix_gateway' as "isOwner", coalesce(current_setting('app.tenant_id', true), '') as tenant`,
    ),
  );
  expect(rows).toEqual([{ isOwner: true, tenant: '' }]);
  expect(await acme().query((db) => db.select({ id: jobs.id }).from(jobs))).toHaveLength(1);
});

test('without a tenant the role sees nothing, and nothing of the users at all', async () => {
  await own.database.transaction(async (db) => {
    await db.execute(sql`set local role streamflix_gateway`);
    expect((await db.execute(sql`select from jobs`)).rowCount).toBe(0);
  });
  await expect(acme().query((db) => db.execute(sql`select from users`))).rejects.toThrow(/permission denied/);
});

test('what is no tenant cannot be put into the statement', () => {
  expect(() => own.database.forTenant("acme'; reset role; --")).toThrow('not the id of a tenant');
});

test('every table that knows a tenant or a job is kept apart', async () => {
  const { rows } = await own.database.query((db) =>
    db.execute<{ name: string }>(sql`
      select distinct c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and not c.relrowsecurity
        and a.attname in ('tenant_id', 'job_id') and not a.attisdropped
        and has_table_privilege('streamflix_gateway', c.oid, 'select')`),
  );
  // The ends of the tenants' turns are compared with one another; they tell nothing.
  expect(rows.map(({ name }) => name)).toEqual(['tenant_shares']);
});
