-- Who asked for a replay or a parking, of what, and of how many letters.
create table dead_letter_actions (
  id uuid primary key,
  action text not null check (action in ('replay', 'park')),
  requested_by text not null,
  tenant_id text not null,
  -- The ids or the signature that were asked for.
  selection jsonb not null,
  letters integer not null,
  per_second real,
  created_at timestamptz not null default now()
);

-- Messages in the dead-letter topics, and tasks that were given up through no fault of their source.
create table dead_letters (
  id uuid primary key,
  kind text not null check (kind in ('event', 'task')),
  state text not null default 'new' check (state in ('new', 'replayed', 'resolved', 'parked')),
  -- Null where the bytes do not say.
  tenant_id text,
  video_id text,
  job_id text,
  event_id text,
  task_id uuid unique,
  pool text,
  -- Where the message lies in its own topic, and the consumer group that could not handle it.
  origin_topic text,
  origin_partition integer,
  origin_offset bigint,
  origin_group text,
  published_at timestamptz,
  message_key bytea,
  message_value bytea,
  -- JSON: pairs of a name and the base64 of its value; jsonb takes no zero bytes.
  message_headers bytea,
  code text not null,
  message text not null,
  signature text not null,
  attempts integer not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  -- How often a replay was asked for, and how the last one stands.
  replays integer not null default 0,
  replay_action_id uuid references dead_letter_actions,
  replay_due_at timestamptz,
  replay_sent_at timestamptz,
  replay_sends integer not null default 0,
  -- To the millisecond, as the clients of a list see it: a page goes on after exactly this.
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz not null default now(),
  unique (origin_topic, origin_partition, origin_offset, origin_group),
  check ((kind = 'task') = (task_id is not null)),
  check ((kind = 'event') = (origin_topic is not null)),
  check (state <> 'replayed' or replay_due_at is not null)
);
create index dead_letters_by_age on dead_letters (created_at desc, id desc);
create index dead_letters_by_signature on dead_letters (signature, created_at desc);
create index dead_letters_to_send on dead_letters (replay_due_at) where state = 'replayed';
create index dead_letters_of_tasks on dead_letters (task_id) where kind = 'task' and state <> 'resolved';
