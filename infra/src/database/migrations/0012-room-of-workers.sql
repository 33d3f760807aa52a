-- What a worker can take on, for whoever plans work for it.
alter table workers add column slots integer not null default 0;
alter table workers add column free_disk_bytes bigint;
