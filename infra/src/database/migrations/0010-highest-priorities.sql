-- The highest priority a tenant may have; null: what the configuration says for everybody.
alter table tenants add column max_priority smallint check (max_priority between 1 and 10);
-- What was asked for, where that was more than the tenant may have.
alter table jobs add column requested_priority smallint;
