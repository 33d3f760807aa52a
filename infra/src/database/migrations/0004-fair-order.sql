-- What an installation grants a tenant. Null, or no row: what the configuration says for everybody.
create table tenants (
  id text primary key,
  weight double precision not null default 1 check (weight > 0),
  max_running_tasks integer check (max_running_tasks >= 0),
  max_queued_jobs integer check (max_queued_jobs >= 0)
);

-- Where each tenant's planned work ends in the virtual time of a queue.
create table tenant_shares (
  pool text not null,
  rank smallint not null,
  tenant_id text not null,
  finish double precision not null default 0,
  primary key (pool, rank, tenant_id)
);

-- The highest tag that was claimed in each queue. Written by every claim that can have it without waiting.
create table queue_clocks (
  pool text not null,
  rank smallint not null,
  tag double precision not null default 0,
  primary key (pool, rank)
) with (fillfactor = 10);
insert into queue_clocks (pool, rank)
  select pool, rank from unnest(array['probe', 'encode', 'package', 'notify']) pool, unnest(array[10, 5, 3, 1]) rank;

alter table tasks
  add column rank smallint not null default 5,
  add column tag double precision not null default 0,
  add column ranked_at timestamptz not null default now(),
  add column requires text[] not null default '{}';
update tasks set rank = case when priority >= 10 then 10 when priority >= 5 then 5 when priority >= 3 then 3 else 1 end
  where state in ('waiting', 'ready', 'running', 'retrying');

-- A worker of the version before, which orders by age, still finds its task, only slower.
drop index tasks_claimable;
-- Where a queue begins.
create index tasks_ahead on tasks (pool, rank desc, tag, created_at, id) where state in ('ready', 'retrying');
-- One probe finds the best task of a tenant with the same needs, and one more the next tenant.
create index tasks_in_turn on tasks (pool, requires, tenant_id, rank desc, tag, created_at, id) where state in ('ready', 'retrying');
create index tasks_running on tasks (pool, tenant_id) where state = 'running';
create index tasks_to_lift on tasks (ranked_at) where state in ('ready', 'retrying') and rank < 10;
create index jobs_live on jobs (tenant_id) where finished_at is null;
