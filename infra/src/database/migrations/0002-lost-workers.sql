-- Epochs count every claim, also those that a store which was away ended; only lost workers speak against a task.
alter table tasks add column lost_workers integer not null default 0;
