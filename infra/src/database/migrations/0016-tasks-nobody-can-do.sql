-- Since when a task that could be claimed waits for a worker that can do it, and none is there; null: it does not.
alter table tasks add column unclaimable_since timestamptz;
create index tasks_unclaimable on tasks (unclaimable_since) where unclaimable_since is not null;
