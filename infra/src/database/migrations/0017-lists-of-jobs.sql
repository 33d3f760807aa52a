-- By whatever a list is filtered and sorted, its pages are found by an index.
create index jobs_by_tenant_update on jobs (tenant_id, updated_at desc, id desc);
create index jobs_by_tenant_priority on jobs (tenant_id, priority desc, created_at desc, id desc);
create index jobs_by_tenant_profile on jobs (tenant_id, profile, created_at desc, id desc);

-- What jobs are found by that have it in their metadata. A table and no GIN index on the column: under row-level security PostgreSQL uses an
-- index only for operators that are marked leakproof, and @> is not; besides, GIN cannot give a page in order.
create table job_metadata (
  tenant_id text not null,
  -- MD5 of key and value: values may be longer than what fits into an index.
  entry uuid not null,
  created_at timestamptz(3) not null,
  job_id uuid not null references jobs on delete cascade,
  primary key (tenant_id, entry, created_at, job_id)
);
create index job_metadata_by_job on job_metadata (job_id);

alter table job_metadata enable row level security;
create policy of_tenant on job_metadata to streamflix_gateway using (tenant_id = current_setting('app.tenant_id', true));

-- In the database, so that processes of the version before keep it too.
create function index_job_metadata() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    delete from job_metadata where job_id = new.id;
  end if;
  insert into job_metadata (tenant_id, entry, created_at, job_id)
    select distinct new.tenant_id, md5(md5(key) || value)::uuid, new.created_at, new.id from jsonb_each_text(new.metadata);
  return null;
end $$;
create trigger metadata_of_new_job after insert on jobs
  for each row when (new.metadata <> '{}') execute function index_job_metadata();
create trigger metadata_of_changed_job after update of metadata on jobs
  for each row when (new.metadata is distinct from old.metadata) execute function index_job_metadata();

insert into job_metadata (tenant_id, entry, created_at, job_id)
  select distinct tenant_id, md5(md5(key) || value)::uuid, created_at, id from jobs, jsonb_each_text(metadata) where metadata <> '{}';
