-- What was answered to a POST that came with an Idempotency-Key. Jobs are made and their answer is kept in one transaction.
create table idempotency_keys (
  tenant_id text not null,
  caller text not null,
  -- Method and path.
  route text not null,
  key text not null,
  -- Of what was asked; null while a form is being read.
  fingerprint text,
  -- The request that does it, and until when it is believed to be alive.
  holder uuid not null,
  held_until timestamptz not null,
  -- Of the answer; null until there is one.
  status smallint,
  headers jsonb,
  -- Sealed with AUTH_SECRET where there is one.
  body text,
  -- The opening, and then the answer.
  since timestamptz not null default now(),
  primary key (tenant_id, caller, route, key)
);
create index idempotency_keys_by_age on idempotency_keys (since);

alter table idempotency_keys enable row level security;
create policy of_tenant on idempotency_keys to streamflix_gateway using (tenant_id = current_setting('app.tenant_id', true));
