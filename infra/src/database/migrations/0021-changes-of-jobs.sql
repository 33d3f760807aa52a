-- What is told to those who watch: a row for each state a job came into, kept for a while. In the database, so that processes of the version
-- before tell theirs too.
create table job_changes (
  id bigint generated always as identity primary key,
  tenant_id text not null,
  job_id uuid not null references jobs on delete cascade,
  video_id text not null,
  from_state text,
  state text not null,
  attempt integer not null,
  at timestamptz(3) not null default now(),
  -- The transaction that wrote it. Rows are numbered before they are committed, so that a reader who remembers the highest number misses those that
  -- commit late; it remembers instead which transactions it could see. A number, because operators of xid8 use no index under row-level security.
  transaction bigint not null default (pg_current_xact_id()::text::bigint)
);
create index job_changes_of_tenant on job_changes (tenant_id, transaction);
create index job_changes_of_job on job_changes (job_id, id);
create index job_changes_by_age on job_changes (at);

alter table job_changes enable row level security;
create policy of_tenant on job_changes to streamflix_gateway using (tenant_id = current_setting('app.tenant_id', true));

-- The row of the job is locked until the commit: the changes of one job are numbered in their order.
create function note_job_change() returns trigger language plpgsql as $$
begin
  insert into job_changes (tenant_id, job_id, video_id, from_state, state, attempt)
    values (new.tenant_id, new.id, new.video_id, case tg_op when 'UPDATE' then old.state end, new.state, new.attempt);
  return null;
end $$;
create trigger change_of_new_job after insert on jobs for each row execute function note_job_change();
create trigger change_of_job after update of state on jobs
  for each row when (new.state is distinct from old.state) execute function note_job_change();

-- What lets a browser open one stream: good once, for a minute.
create table stream_tickets (
  sha256 bytea primary key,
  caller jsonb not null,
  expires_at timestamptz not null
);
revoke all on stream_tickets from streamflix_gateway;
