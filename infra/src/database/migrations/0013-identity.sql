-- Keys of programs. The key itself is told once; only its SHA-256 stays.
create table api_keys (
  id uuid primary key,
  prefix text not null unique,
  sha256 bytea not null unique,
  -- The one before the last rotation, good until then.
  previous_sha256 bytea,
  previous_until timestamptz,
  name text not null,
  tenant_id text not null,
  role text not null check (role in ('admin', 'operator', 'viewer', 'member')),
  scopes text[],
  expires_at timestamptz,
  allowed_networks text[] not null default '{}',
  requests_per_minute integer check (requests_per_minute > 0),
  last_used_at timestamptz,
  last_used_from text,
  created_at timestamptz not null default now(),
  created_by text not null,
  revoked_at timestamptz
);
create index api_keys_by_tenant on api_keys (tenant_id, created_at desc);
create index api_keys_before on api_keys (previous_sha256) where previous_sha256 is not null;

-- People. Platform roles have a home tenant too: it is meant where they name no other.
create table users (
  id uuid primary key,
  email text not null unique check (email = lower(email)),
  name text not null,
  tenant_id text not null,
  role text not null check (role in ('admin', 'operator', 'viewer', 'member')),
  -- Null until the invitation is accepted.
  password_hash text,
  disabled_at timestamptz,
  created_at timestamptz not null default now(),
  last_login_at timestamptz
);
create index users_by_tenant on users (tenant_id, email);

-- Invitations and resets: whoever has the token may set the password, once.
create table password_tokens (
  sha256 bytea primary key,
  user_id uuid not null references users on delete cascade,
  purpose text not null check (purpose in ('invitation', 'reset')),
  expires_at timestamptz not null
);
create index password_tokens_by_user on password_tokens (user_id);

-- A log-in and all the refresh tokens that came of it.
create table sessions (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  why text,
  address text
);
create index sessions_by_user on sessions (user_id);
create index sessions_by_expiry on sessions (expires_at);

-- Used ones stay: seeing one again means that it was stolen.
create table refresh_tokens (
  sha256 bytea primary key,
  session_id uuid not null references sessions on delete cascade,
  used_at timestamptz
);
create index refresh_tokens_by_session on refresh_tokens (session_id);

-- Log-ins that were tried, by user and by address. Unknown users are counted alike, so that a lock tells nothing.
create table login_attempts (
  subject text primary key,
  attempts integer not null,
  since timestamptz not null default now()
);
create index login_attempts_by_age on login_attempts (since);

-- What access tokens are signed with, sealed with AUTH_SECRET where there is one.
create table signing_keys (
  kid text primary key,
  public_jwk jsonb not null,
  private_key text not null,
  created_at timestamptz not null default now()
);

-- Who changed what, from where. Written before the change is made: a row without a status is a change that may not have been made.
create table audit_log (
  id bigint generated always as identity primary key,
  at timestamptz(3) not null default now(),
  request_id text not null,
  who text not null,
  who_id text,
  role text,
  tenant_id text,
  address text not null,
  action text not null,
  target text,
  status integer
);
create index audit_log_by_tenant on audit_log (tenant_id, id desc);

alter table tenants
  add column name text,
  add column status text not null default 'active' check (status in ('active', 'suspended')),
  add column created_at timestamptz not null default now();
