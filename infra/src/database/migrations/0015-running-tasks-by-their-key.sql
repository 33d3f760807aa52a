-- A worker renews, reports and finishes by the key of its task and "state = 'running'". Where the last statistics are from a quiet hour, an
-- index of all running tasks looked cheaper than the key, and each renewal walked through the whole of it. These two are for those
-- who ask for leases; every running task has one.
drop index tasks_running;
drop index tasks_leased;
create index tasks_running on tasks (pool, tenant_id) where state = 'running' and lease_until is not null;
create index tasks_leased on tasks (lease_until) where state = 'running' and lease_until is not null;
-- What is claimed and finished leaves dead entries where the queue begins. A fifth of a table that keeps every task ever done, the
-- default, is far too many of them.
alter table tasks set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000);

create or replace function may_run_one_more(pool_name text, tenant text, max_running integer) returns boolean
language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('running ' || pool_name || ' ' || tenant, 0));
  return max_running > (
    select count(*) from (
      select 1 from tasks where pool = pool_name and tenant_id = tenant and state = 'running' and lease_until is not null
      limit max_running) running);
end $$;
