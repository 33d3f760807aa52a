-- By which key a job was submitted; null where it was no key of the gateway.
alter table jobs add column submitted_by_key text;
-- Whether what the task cost is in its job's usage.
alter table tasks add column counted boolean not null default false;
-- What was done before is in no usage; a retry of it does not bring it in.
update tasks set counted = true where state = 'done';

-- What each attempt of a job cost, written as it ends. It outlives the job.
create table usage (
  id bigint generated always as identity primary key,
  job_id uuid not null,
  attempt integer not null,
  tenant_id text not null,
  key_id text,
  ended_at timestamptz not null default now(),
  outcome text not null check (outcome in ('completed', 'failed', 'cancelled')),
  -- Of completed jobs.
  source_seconds double precision not null,
  output_bytes bigint not null,
  -- In the unit of the fair queue: what the tasks that were done were predicted to cost.
  cpu_seconds double precision not null
);
create index usage_by_tenant on usage (tenant_id, ended_at);
create index usage_by_time on usage (ended_at);

alter table usage enable row level security;
create policy of_tenant on usage to streamflix_gateway using (tenant_id = current_setting('app.tenant_id', true));
