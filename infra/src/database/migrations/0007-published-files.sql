-- What a package consisted of when it was published: the checker compares it with what the store has later.
create table published_packages (
  job_id uuid primary key references jobs on delete cascade,
  version integer not null,
  -- Sizes in bytes by path inside the package.
  files jsonb not null
);
-- The checker looks at what changed lately, and at what has not ended.
create index jobs_by_change on jobs (updated_at, id);
create index jobs_not_ended on jobs (updated_at, id) where finished_at is null;
