-- An ended job that is retried is told of again: each attempt has an outcome of its own.
alter table jobs add column attempt integer not null default 1;
