-- Whether a tenant may have one more task of the pool running. Whoever asks does so after everybody who asked before has committed: the
-- lock is kept to the end of the transaction, and each statement of a volatile function sees what was committed until then.
create function may_run_one_more(pool_name text, tenant text, max_running integer) returns boolean
language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('running ' || pool_name || ' ' || tenant, 0));
  return max_running > (
    select count(*) from (
      select 1 from tasks where pool = pool_name and tenant_id = tenant and state = 'running' limit max_running) running);
end $$;
