-- A deleted job is gone for whoever asks from this moment on; its files follow. The row stays as a gravestone: the same upload told again
-- finds it, and is not made again.
alter table jobs
  add column deleted_at timestamptz check (deleted_at is null or finished_at is not null),
  add column purged_at timestamptz;
create index jobs_to_purge on jobs (deleted_at) where deleted_at is not null and purged_at is null;
-- Whether another job has the same source.
create index jobs_by_source on jobs (tenant_id, source_key);
