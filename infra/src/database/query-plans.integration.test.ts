import { type SQL, sql } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database.ts';
import type { Queries } from './index.ts';
import { countQuery, type JobListQuery, listQuery } from './job-lists.ts';
import { historyQuery, statusQuery } from './job-queries.ts';

const tenantId = 'tenant-1';
const jobs = 100_000;
let own: TestDatabase;

/** What lies in the tables after long use. On a connection that waits for as long as it takes. */
async function fill(client: pg.Client): Promise<void> {
  await client.query('set session_replication_role = replica; set synchronous_commit = off');
  await client.query(`
    insert into jobs (id, tenant_id, video_id, source_bucket, source_key, source_etag, profile, priority, metadata, state, outcome, finished_at,
      created_at, updated_at)
    select ('00000000-0000-4000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'tenant-' || i % 5, 'v' || i, 'b', 'k' || i, 'e', 'p' || i % 7, 1 + i % 10,
      jsonb_build_object('team', i % 40, 'kind', 'film'), state, case state when 'completed' then '{}'::jsonb end, case state when 'completed' then now() end,
      timestamptz '2026-01-01' + i * interval '10 seconds', timestamptz '2026-01-01' + i * interval '11 seconds'
    from generate_series(0, ${jobs - 1}) i, lateral (select case when i % 60 = 1 then 'transcoding' else 'completed' end as state) as kind`);
  await client.query(`
    insert into job_metadata (tenant_id, entry, created_at, job_id)
    select tenant_id, md5(md5(key) || value)::uuid, created_at, id from jobs, jsonb_each_text(metadata)`);
  await client.query(`
    insert into tasks (id, job_id, tenant_id, pool, kind, name, state, spec)
    select gen_random_uuid(), id, tenant_id, 'encode', 'video', 'video-0', 'done', '{}' from jobs`);
  await client.query(`insert into history (job_id, to_state, who) select id, 'pending', 'test' from jobs`);
  await client.query('analyze');
}

beforeAll(async () => {
  own = await createTestDatabase();
  const client = new pg.Client({ connectionString: own.url });
  await client.connect();
  await fill(client).finally(() => client.end());
}, 240_000);
afterAll(() => own.drop());

interface Node {
  'Node Type': string;
  'Relation Name'?: string;
  Plans?: Node[];
}

const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

/** How PostgreSQL would run a query of the gateway, in the gateway's role. */
async function planOf(query: (db: Queries) => { getSQL(): SQL }, database = own.database.forTenant(tenantId)): Promise<Node[]> {
  const { rows } = await database.query((db) =>
    db.execute<{ 'QUERY PLAN': { Plan: Node }[] }>(sql`explain (format json) ${query(db).getSQL()}`),
  );
  const [plan] = rows[0]?.['QUERY PLAN'] ?? [];
  if (plan === undefined) throw new Error('no plan');
  return nodesOf(plan.Plan);
}

const id = '00000000-0000-4000-8000-000000000001';
const page = (changes: Partial<JobListQuery>) => (db: Queries) =>
  listQuery(db, tenantId, { sort: 'createdAt', order: 'desc', limit: 51, offset: 0, ...changes });
const at = new Date('2026-01-05T00:00:00Z').getTime() * 1000;

const reads: Record<string, Parameters<typeof planOf>[0]> = {
  'one job with its tasks': (db) => statusQuery(db, tenantId, id),
  'the history of a job': (db) => historyQuery(db, tenantId, id, { limit: 201 }),
  'the few jobs of some metadata': page({ metadata: { team: '6' } }),
  'a count by state': (db) => countQuery(db, tenantId, { state: 'transcoding' }, 10_001),
};
/** Their order comes out of an index too: a page is as quick deep in the list as at its head. */
const lists: Record<string, Parameters<typeof planOf>[0]> = {
  'the newest': page({}),
  'the next page of them': page({ after: { values: [at], id } }),
  'a page by state': page({ state: 'completed', after: { values: [at], id } }),
  'a page by profile': page({ profile: 'p3', after: { values: [at], id } }),
  'a page by metadata': page({ metadata: { kind: 'film' }, after: { values: [at], id } }),
  'a page by time of creation': page({
    createdFrom: new Date('2026-01-02T00:00:00Z'),
    createdTo: new Date('2026-01-09T00:00:00Z'),
  }),
  'a page by update, oldest first': page({ sort: 'updatedAt', order: 'asc', after: { values: [at], id } }),
  'a page by priority': page({ sort: 'priority', after: { values: [5, at], id } }),
};

test.each(Object.entries({ ...reads, ...lists, 'the jobs of a video': page({ videoId: 'v1001' }) }))(
  '%s is found by an index',
  async (_, query) => {
    const plan = await planOf(query);
    expect(plan.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'])).toEqual([]);
    expect(plan.some((node) => /Index|Bitmap/.test(node['Node Type']))).toBe(true);
  },
);

test.each(Object.entries(lists))('%s comes in order out of an index', async (_, query) => {
  expect((await planOf(query)).map((node) => node['Node Type'])).not.toContain('Sort');
});

test('whoever looks can tell an index scan from the other', async () => {
  const plan = await planOf(() => sql`select * from tasks where worker = 'x'`, own.database);
  expect(plan.map((node) => node['Node Type'])).toContain('Seq Scan');
});
