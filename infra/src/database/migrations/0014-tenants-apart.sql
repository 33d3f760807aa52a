-- A query of the gateway that forgets its tenant sees nothing. The gateway takes this role within a transaction and says whose it is
-- (database/tenant-scope.ts); processors own the tables, so that nothing holds them back.
do $$
begin
  if not exists (select from pg_roles where rolname = 'streamflix_gateway') then
    create role streamflix_gateway nologin;
  end if;
exception when duplicate_object or unique_violation then
  -- The role is of the whole server; another database was migrated at this moment.
  null;
end $$;
do $$
begin
  set local role streamflix_gateway;
  reset role;
exception when insufficient_privilege then
  reset role;
  execute format('grant streamflix_gateway to %I', current_user);
end $$;

grant usage on schema public to streamflix_gateway;
grant select, insert, update, delete on all tables in schema public to streamflix_gateway;
grant usage on all sequences in schema public to streamflix_gateway;
alter default privileges in schema public grant select, insert, update, delete on tables to streamflix_gateway;
alter default privileges in schema public grant usage on sequences to streamflix_gateway;
-- Of no tenant, and none of its business.
revoke all on users, password_tokens, sessions, refresh_tokens, login_attempts, signing_keys, schema_migrations from streamflix_gateway;

alter table jobs enable row level security;
alter table tasks enable row level security;
alter table renditions enable row level security;
alter table published_packages enable row level security;
alter table history enable row level security;
alter table task_failures enable row level security;
alter table dead_letters enable row level security;
alter table dead_letter_actions enable row level security;
alter table profiles enable row level security;
alter table api_keys enable row level security;
alter table audit_log enable row level security;

create policy of_tenant on jobs to streamflix_gateway using (tenant_id = current_setting('app.tenant_id', true));
create policy of_tenant on tasks to streamflix_gateway using (tenant_id = current_setting('app.tenant_id', true));
create policy of_tenant on dead_letter_actions to streamflix_gateway using (tenant_id = current_setting('app.tenant_id', true));
create policy of_tenant on profiles to streamflix_gateway using (tenant_id = current_setting('app.tenant_id', true));
create policy of_tenant on api_keys to streamflix_gateway using (tenant_id = current_setting('app.tenant_id', true));
create policy of_tenant on audit_log to streamflix_gateway using (tenant_id = current_setting('app.tenant_id', true));
-- Those whose bytes do not say whose they are, are seen by whoever looks after dead letters.
create policy of_tenant on dead_letters to streamflix_gateway
  using (tenant_id = current_setting('app.tenant_id', true) or tenant_id is null);

-- The jobs that are seen here are the tenant's own, by the policy above.
create policy of_job on renditions to streamflix_gateway using (exists (select from jobs where jobs.id = job_id));
create policy of_job on published_packages to streamflix_gateway using (exists (select from jobs where jobs.id = job_id));
create policy of_job on history to streamflix_gateway using (exists (select from jobs where jobs.id = job_id));
create policy of_job on task_failures to streamflix_gateway using (exists (select from jobs where jobs.id = job_id));
