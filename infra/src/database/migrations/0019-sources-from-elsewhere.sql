-- Sources that are brought into the store before they are looked at: a task of the ingest pool.
alter table tasks drop constraint tasks_pool_check;
alter table tasks add constraint tasks_pool_check check (pool in ('ingest', 'probe', 'encode', 'package', 'notify'));
insert into queue_clocks (pool, rank)
  select 'ingest', rank from unnest(array[10, 5, 3, 1]) rank
  on conflict do nothing;

-- A picture that the uploader gave a video.
alter table jobs add column poster_key text;
