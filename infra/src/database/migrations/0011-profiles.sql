-- What tenants want made of their sources; the platform's own profiles are in its code.
create table profiles (
  tenant_id text not null,
  name text not null,
  -- How often it was written; a job keeps the document it was planned with.
  version integer not null default 1,
  document jsonb not null,
  updated_at timestamptz not null default now(),
  primary key (tenant_id, name)
);

-- Why a job does without an optional rendition: its code and message.
alter table renditions add column given_up jsonb;
