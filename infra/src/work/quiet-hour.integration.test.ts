import { type SQL, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { useWorkBench } from './testkit/work-bench.ts';

const bench = useWorkBench();

/** Many tasks that are done, and statistics of that. */
async function passQuietHour(): Promise<void> {
  await bench.database.query(async (db) => {
    await db.execute(sql`insert into jobs (id, tenant_id, video_id, source_bucket, source_key, source_etag, state)
      values ('00000000-0000-4000-8000-000000000000', 't', 'v', 'b', 'k', 'e', 'transcoding')`);
    await db.execute(sql`insert into tasks (id, job_id, tenant_id, pool, kind, name, state, spec, predicted_cpu_seconds, rank, tag)
      select gen_random_uuid(), '00000000-0000-4000-8000-000000000000', 't', 'encode', 'video', 'v' || i, 'done', '{"kind":"video"}', 1, 5, i
      from generate_series(1, 20000) i`);
    await db.execute(sql`vacuum analyze tasks`);
  });
}

async function planOf(statement: SQL): Promise<string> {
  const { rows } = await bench.database.query((db) => db.execute<{ 'QUERY PLAN': string }>(sql`explain ${statement}`));
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

test('after a quiet hour whoever holds a task still writes by its key, not through all that run', async () => {
  await passQuietHour();
  const plan = await planOf(sql`update tasks set progress = 0
    where id = '00000000-0000-4000-8000-000000000001' and epoch = 1 and state = 'running'`);
  expect(plan).toContain('tasks_pkey');
});

test('who looks for leases does so through an index of what runs', async () => {
  await passQuietHour();
  expect(await planOf(sql`select id from tasks where state = 'running' and lease_until < now()`)).toMatch(
    /tasks_leased|tasks_running/,
  );
});
