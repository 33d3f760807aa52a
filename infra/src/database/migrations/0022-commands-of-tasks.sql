-- Which programs ran for a task, with what and where: bounded, and without places on a worker's disk.
create table task_commands (
  id bigint generated always as identity primary key,
  job_id uuid not null references jobs on delete cascade,
  task_id uuid not null,
  -- Of the claim it ran under.
  epoch integer not null,
  worker text not null,
  program text not null,
  args text[] not null,
  started_at timestamptz not null,
  seconds real not null,
  -- An exit code, or the name of a signal.
  exit text not null
);
create index task_commands_by_job on task_commands (job_id, id desc);

alter table task_commands enable row level security;
create policy of_job on task_commands to streamflix_gateway using (exists (select from jobs where jobs.id = job_id));
