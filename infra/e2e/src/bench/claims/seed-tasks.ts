import type pg from 'pg';

export interface Size {
  tasks: number;
  ready: number;
  tenants: number;
}

const tasksPerJob = 10;
const jobId = (index: string): string => `('00000000-0000-4000-8000-' || lpad(to_hex((${index})::int), 12, '0'))::uuid`;

/** Fills the tables as they are after long use: most tasks done, the rest ready, the ready ones of all tenants planned side by side. */
export async function seedTasks(client: pg.Client, { tasks, ready, tenants }: Size): Promise<void> {
  await client.query('set synchronous_commit = off');
  await client.query(
    `insert into jobs (id, tenant_id, video_id, source_bucket, source_key, source_etag, state, outcome, finished_at)
    select ${jobId('i')}, 'tenant-' || i % $3::int, 'v' || i, 'b', 'k' || i, 'e', case when live then 'transcoding' else 'completed' end,
      case when live then null else '{}'::jsonb end, case when live then null else now() end
    from generate_series(0, $1::int - 1) i, lateral (select i < $2::int as live) kind`,
    [tasks / tasksPerJob, ready / tasksPerJob, tenants],
  );
  await client.query(
    `insert into tasks (id, job_id, tenant_id, pool, kind, name, state, spec, predicted_cpu_seconds, rank, tag, finished_at)
    select gen_random_uuid(), ${jobId(`i / ${tasksPerJob}`)}, 'tenant-' || (i / ${tasksPerJob}) % $3::int, 'encode', 'video', 'video-' || i % ${tasksPerJob},
      case when i < $2::int then 'ready' else 'done' end, '{"kind":"video"}', 10, (array[5, 5, 5, 5, 5, 5, 5, 3, 1, 10])[1 + (i / ${tasksPerJob} / $3::int) % 10],
      10 * (i / ${tasksPerJob} / $3::int * ${tasksPerJob} + i % ${tasksPerJob}) + random() * 10, case when i < $2::int then null else now() end
    from generate_series(0, $1::int - 1) i`,
    [tasks, ready, tenants],
  );
  await settle(client);
}

/** What filling left to do is not to be done while it is measured. */
async function settle(client: pg.Client): Promise<void> {
  await client.query('vacuum analyze');
  await client.query('checkpoint');
}

/** Gives half of what is ready to one tenant, in the most urgent class, and that tenant a limit. Returns how many tasks those are. */
export async function letOneTenantCrowd(client: pg.Client, tasks: number, limit: number): Promise<number> {
  const { rowCount } = await client.query(
    `update tasks set tenant_id = 'crowd', rank = 10, tag = -1
    where id in (select id from tasks where state = 'ready' order by id limit $1)`,
    [tasks],
  );
  await client.query('insert into tenants (id, max_running_tasks) values ($1, $2)', ['crowd', limit]);
  await settle(client);
  return rowCount ?? 0;
}
