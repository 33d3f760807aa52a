create table jobs (
  id uuid primary key,
  tenant_id text not null,
  video_id text not null,
  source_bucket text not null,
  source_key text not null,
  source_etag text not null,
  filename text,
  content_type text,
  size_bytes bigint,
  checksum_sha256 text,
  profile text,
  priority smallint not null default 5 check (priority between 1 and 10),
  webhook_url text,
  deadline_at timestamptz,
  metadata jsonb not null default '{}',
  state text not null default 'pending'
    check (state in ('pending', 'assigned', 'transcoding', 'completing', 'completed', 'retrying', 'failed', 'cancelled')),
  plan jsonb,
  outcome jsonb,
  package_version integer,
  error_code text,
  error_message text,
  error_stage text,
  traceparent text,
  -- To the millisecond, as the clients of a list see it: a page goes on after exactly this.
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz not null default now(),
  finished_at timestamptz,
  cleaned_at timestamptz,
  -- The identity of a job: the same upload, told any number of times under any event id, is one job.
  unique (tenant_id, video_id, source_bucket, source_key, source_etag),
  -- An ended job has an outcome and a live one has none, whatever the code does.
  check ((state in ('completed', 'failed', 'cancelled')) = (outcome is not null))
);
create index jobs_by_tenant on jobs (tenant_id, created_at desc, id desc);
create index jobs_by_tenant_state on jobs (tenant_id, state, created_at desc, id desc);
create index jobs_by_video on jobs (tenant_id, video_id, created_at desc, id desc);
create index jobs_with_deadline on jobs (deadline_at) where finished_at is null and deadline_at is not null;
create index jobs_to_clean on jobs (finished_at) where finished_at is not null and cleaned_at is null;

create table tasks (
  id uuid primary key,
  job_id uuid not null references jobs on delete cascade,
  tenant_id text not null,
  pool text not null check (pool in ('probe', 'encode', 'package', 'notify')),
  kind text not null,
  name text not null,
  state text not null check (state in ('waiting', 'ready', 'running', 'retrying', 'done', 'failed', 'cancelled', 'skipped')),
  spec jsonb not null,
  result jsonb,
  renditions text[] not null default '{}',
  priority smallint not null default 5,
  order_key text,
  epoch integer not null default 0,
  failed_attempts integer not null default 0,
  worker text,
  lease_until timestamptz,
  not_before timestamptz,
  predicted_cpu_seconds real not null default 1,
  progress real not null default 0,
  error_code text,
  error_message text,
  traceparent text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  unique (job_id, name),
  check ((state = 'running') = (lease_until is not null))
);
create index tasks_claimable on tasks (pool, priority desc, created_at, id) where state in ('ready', 'retrying');
create index tasks_leased on tasks (lease_until) where state = 'running';
create index tasks_in_order on tasks (order_key, created_at) where order_key is not null and state in ('waiting', 'ready', 'running', 'retrying');

create table renditions (
  job_id uuid not null references jobs on delete cascade,
  name text not null,
  spec jsonb not null,
  done boolean not null default false,
  objects jsonb,
  size_bytes bigint,
  duration_seconds double precision,
  done_at timestamptz,
  primary key (job_id, name)
);

create table inbox (
  consumer text not null,
  event_id text not null,
  received_at timestamptz not null default now(),
  primary key (consumer, event_id)
);
create index inbox_by_age on inbox (received_at);

create table outbox (
  sequence bigint generated always as identity primary key,
  event_id text not null unique,
  topic text not null,
  key text not null,
  value jsonb not null,
  headers jsonb not null default '{}',
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  sends integer not null default 0,
  confirmed_at timestamptz
);
create index outbox_open on outbox (sequence) where confirmed_at is null;
create index outbox_told on outbox (confirmed_at) where confirmed_at is not null;

create table history (
  id bigint generated always as identity primary key,
  job_id uuid not null references jobs on delete cascade,
  task_id uuid,
  at timestamptz not null default now(),
  from_state text,
  to_state text not null,
  who text not null,
  why text,
  traceparent text
);
create index history_by_job on history (job_id, id);
