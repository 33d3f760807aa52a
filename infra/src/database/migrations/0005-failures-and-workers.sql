-- Who works, and who is not to for a while. The name is of the place (machine and port), and outlives the process.
create table workers (
  instance text primary key,
  pool text not null,
  capabilities text[] not null default '{}',
  started_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  succeeded_at timestamptz,
  quarantines integer not null default 0,
  quarantined_until timestamptz,
  why text
);
create index workers_by_pool on workers (pool, last_seen_at);

-- Each failure of a task that tells something about the task or its worker.
create table task_failures (
  id bigint generated always as identity primary key,
  task_id uuid not null,
  job_id uuid not null references jobs on delete cascade,
  worker text not null,
  code text not null,
  signature text not null,
  message text not null,
  at timestamptz not null default now(),
  -- The worker was at fault, and the task lost no attempt.
  excused boolean not null default false
);
create index task_failures_by_task on task_failures (task_id, at);
create index task_failures_by_worker on task_failures (worker, at);
create index task_failures_by_job on task_failures (job_id);
