import type {
  ErrorCode,
  GivenUpRendition,
  JobPlan,
  JobState,
  Pool,
  Profile,
  Rank,
  Rendition,
  TaskObject,
  TaskResult,
  TaskSpec,
  TaskState,
  TenantStatus,
} from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  doublePrecision,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  real,
  smallint,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import { changedAt, madeAt, moment } from './columns.ts';

export * from './dead-letter-schema.ts';
export * from './identity-schema.ts';

/** The tables as the code sees them. migrations/ creates them; a test holds the two together. */

export const jobs = pgTable('jobs', {
  id: uuid('id').primaryKey(),
  tenantId: text('tenant_id').notNull(),
  videoId: text('video_id').notNull(),
  sourceBucket: text('source_bucket').notNull(),
  sourceKey: text('source_key').notNull(),
  sourceEtag: text('source_etag').notNull(),
  filename: text('filename'),
  contentType: text('content_type'),
  sizeBytes: bigint('size_bytes', { mode: 'number' }),
  checksumSha256: text('checksum_sha256'),
  profile: text('profile'),
  priority: smallint('priority').notNull().default(5),
  /** What was asked for, where that was more than the tenant may have. */
  requestedPriority: smallint('requested_priority'),
  webhookUrl: text('webhook_url'),
  deadlineAt: moment('deadline_at'),
  /** A picture that its uploader gave it, as it came. */
  posterKey: text('poster_key'),
  metadata: jsonb('metadata').$type<Record<string, string>>().notNull().default({}),
  state: text('state').$type<JobState>().notNull().default('pending'),
  /** 1 at first; one more for each retry of the ended job. */
  attempt: integer('attempt').notNull().default(1),
  plan: jsonb('plan').$type<JobPlan>(),
  /** The outcome event as it was published. */
  outcome: jsonb('outcome').$type<Record<string, unknown>>(),
  packageVersion: integer('package_version'),
  errorCode: text('error_code'),
  errorMessage: text('error_message'),
  errorStage: text('error_stage'),
  traceparent: text('traceparent'),
  /** Where a key of the gateway was used. */
  submittedByKey: text('submitted_by_key'),
  createdAt: madeAt(),
  updatedAt: changedAt(),
  finishedAt: moment('finished_at'),
  /** When the sweep deleted the work folder; null until then. */
  cleanedAt: moment('cleaned_at'),
  /** Since when it is gone for whoever asks. */
  deletedAt: moment('deleted_at'),
  /** When the sweep deleted the files of the deleted job. */
  purgedAt: moment('purged_at'),
});

/** Kept by triggers, for lists that ask for metadata. */
export const jobMetadata = pgTable(
  'job_metadata',
  {
    tenantId: text('tenant_id').notNull(),
    /** MD5 of the MD5 of the key and the value. */
    entry: uuid('entry').notNull(),
    createdAt: madeAt(),
    jobId: uuid('job_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.entry, table.createdAt, table.jobId] })],
);

export const tasks = pgTable('tasks', {
  id: uuid('id').primaryKey(),
  jobId: uuid('job_id').notNull(),
  tenantId: text('tenant_id').notNull(),
  pool: text('pool').$type<Pool>().notNull(),
  kind: text('kind').$type<TaskSpec['kind']>().notNull(),
  /** Unique in the job: probe, video-0, audio, package, webhook. Planning the same task twice makes one row. */
  name: text('name').notNull(),
  state: text('state').$type<TaskState>().notNull(),
  spec: jsonb('spec').$type<TaskSpec>().notNull(),
  result: jsonb('result').$type<TaskResult>(),
  /** Names of the renditions it contributes to. */
  renditions: text('renditions').array().notNull().default([]),
  priority: smallint('priority').notNull().default(5),
  /** The class it is claimed in: that of its priority, or a higher one after it has waited long. */
  rank: smallint('rank').$type<Rank>().notNull().default(5),
  /** Its turn within the class: the lowest is claimed first. */
  tag: doublePrecision('tag').notNull().default(0),
  /** Since when it waits in this class. */
  rankedAt: moment('ranked_at').notNull().defaultNow(),
  /** What a worker must be able to do. */
  requires: text('requires').array().notNull().default([]),
  /** Tasks of one key run one after the other, oldest first; null means no order. */
  orderKey: text('order_key'),
  /** Counts the claims. Only the holder of the current one can write a result. */
  epoch: integer('epoch').notNull().default(0),
  failedAttempts: integer('failed_attempts').notNull().default(0),
  /** How often a lease of it ran out. */
  lostWorkers: integer('lost_workers').notNull().default(0),
  worker: text('worker'),
  leaseUntil: moment('lease_until'),
  notBefore: moment('not_before'),
  /** Since when it waits for a worker that can do it, and none is there; null: it does not. */
  unclaimableSince: moment('unclaimable_since'),
  predictedCpuSeconds: real('predicted_cpu_seconds').notNull().default(1),
  progress: real('progress').notNull().default(0),
  /** Whether what it cost is in its job's usage. */
  counted: boolean('counted').notNull().default(false),
  errorCode: text('error_code'),
  errorMessage: text('error_message'),
  traceparent: text('traceparent'),
  createdAt: madeAt(),
  updatedAt: changedAt(),
  startedAt: moment('started_at'),
  finishedAt: moment('finished_at'),
});

export const renditions = pgTable(
  'renditions',
  {
    jobId: uuid('job_id').notNull(),
    name: text('name').notNull(),
    spec: jsonb('spec').$type<Rendition>().notNull(),
    done: boolean('done').notNull().default(false),
    /** The chunks' objects in order, once done. */
    objects: jsonb('objects').$type<TaskObject[]>(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }),
    durationSeconds: doublePrecision('duration_seconds'),
    doneAt: moment('done_at'),
    /** Why the job does without it; null while it does not. */
    givenUp: jsonb('given_up').$type<Omit<GivenUpRendition, 'name'>>(),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.name] })],
);

/** What a tenant wants made of its sources, under names of its own. */
export const profiles = pgTable(
  'profiles',
  {
    tenantId: text('tenant_id').notNull(),
    name: text('name').notNull(),
    /** How often it was written. */
    version: integer('version').notNull().default(1),
    document: jsonb('document').$type<Profile>().notNull(),
    updatedAt: changedAt(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.name] })],
);

/** What a package consisted of when it was published. */
export const publishedPackages = pgTable('published_packages', {
  jobId: uuid('job_id').primaryKey(),
  version: integer('version').notNull(),
  /** Sizes in bytes by path inside the package. */
  files: jsonb('files').$type<Record<string, number>>().notNull(),
});

export const inbox = pgTable(
  'inbox',
  {
    consumer: text('consumer').notNull(),
    eventId: text('event_id').notNull(),
    receivedAt: moment('received_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.consumer, table.eventId] })],
);

/** What was answered under which Idempotency-Key. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    tenantId: text('tenant_id').notNull(),
    caller: text('caller').notNull(),
    /** Method and path. */
    route: text('route').notNull(),
    key: text('key').notNull(),
    /** Of what was asked; null while a form is being read. */
    fingerprint: text('fingerprint'),
    /** The request that does it, and until when it is believed to be alive. */
    holder: uuid('holder').notNull(),
    heldUntil: moment('held_until').notNull(),
    /** Of the answer; null until there is one. */
    status: smallint('status'),
    headers: jsonb('headers').$type<Record<string, string>>(),
    body: text('body'),
    /** The opening, and then the answer. */
    since: moment('since').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.caller, table.route, table.key] })],
);

export const outbox = pgTable('outbox', {
  sequence: bigint('sequence', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  eventId: text('event_id').notNull().unique(),
  topic: text('topic').notNull(),
  key: text('key').notNull(),
  value: jsonb('value').$type<Record<string, unknown>>().notNull(),
  headers: jsonb('headers').$type<Record<string, string>>().notNull(),
  createdAt: madeAt(),
  /** When it was last handed to Kafka; null means never, or the send failed. */
  sentAt: moment('sent_at'),
  sends: integer('sends').notNull().default(0),
  /** When it was read back from the topic. Only then is it told. */
  confirmedAt: moment('confirmed_at'),
});

export const history = pgTable('history', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  jobId: uuid('job_id').notNull(),
  /** Null when the job itself moved. */
  taskId: uuid('task_id'),
  at: moment('at').notNull().defaultNow(),
  fromState: text('from_state'),
  toState: text('to_state').notNull(),
  /** Which process or person. */
  who: text('who').notNull(),
  why: text('why'),
  traceparent: text('traceparent'),
});

/** What is told to those who watch; kept by a trigger, for a while. */
export const jobChanges = pgTable('job_changes', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  tenantId: text('tenant_id').notNull(),
  jobId: uuid('job_id').notNull(),
  videoId: text('video_id').notNull(),
  /** Null for a new job. */
  fromState: text('from_state').$type<JobState>(),
  state: text('state').$type<JobState>().notNull(),
  attempt: integer('attempt').notNull(),
  at: moment('at').notNull().defaultNow(),
  /** That wrote it. */
  transaction: bigint('transaction', { mode: 'number' }).notNull().default(sql`pg_current_xact_id()::text::bigint`),
});

export const workers = pgTable('workers', {
  /** Names the place, not the process: whoever is started there again would fail again. */
  instance: text('instance').primaryKey(),
  pool: text('pool').$type<Pool>().notNull(),
  capabilities: text('capabilities').array().notNull().default([]),
  /** How many tasks it runs at once. */
  slots: integer('slots').notNull().default(0),
  /** Beyond what it keeps free and has promised; null: it did not say. */
  freeDiskBytes: bigint('free_disk_bytes', { mode: 'number' }),
  startedAt: moment('started_at').notNull().defaultNow(),
  lastSeenAt: moment('last_seen_at').notNull().defaultNow(),
  /** When it last finished a task. */
  succeededAt: moment('succeeded_at'),
  /** How often it was quarantined since then. */
  quarantines: integer('quarantines').notNull().default(0),
  quarantinedUntil: moment('quarantined_until'),
  /** Of the last quarantine. */
  why: text('why'),
});

export const taskFailures = pgTable('task_failures', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  taskId: uuid('task_id').notNull(),
  jobId: uuid('job_id').notNull(),
  worker: text('worker').notNull(),
  code: text('code').$type<ErrorCode>().notNull(),
  /** The same for the same fault. */
  signature: text('signature').notNull(),
  message: text('message').notNull(),
  at: moment('at').notNull().defaultNow(),
  /** The worker was at fault, and the task lost no attempt. */
  excused: boolean('excused').notNull().default(false),
});

/** The programs that ran for tasks, as `explain` tells them. */
export const taskCommands = pgTable('task_commands', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  jobId: uuid('job_id').notNull(),
  taskId: uuid('task_id').notNull(),
  epoch: integer('epoch').notNull(),
  worker: text('worker').notNull(),
  program: text('program').notNull(),
  args: text('args').array().notNull(),
  startedAt: moment('started_at').notNull(),
  seconds: real('seconds').notNull(),
  exit: text('exit').notNull(),
});

/** What each attempt of a job cost, written as it ends. */
export const usage = pgTable('usage', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  jobId: uuid('job_id').notNull(),
  attempt: integer('attempt').notNull(),
  tenantId: text('tenant_id').notNull(),
  keyId: text('key_id'),
  endedAt: moment('ended_at').notNull().defaultNow(),
  outcome: text('outcome').$type<JobState>().notNull(),
  /** Of completed jobs. */
  sourceSeconds: doublePrecision('source_seconds').notNull(),
  outputBytes: bigint('output_bytes', { mode: 'number' }).notNull(),
  /** In the unit of the fair queue. */
  cpuSeconds: doublePrecision('cpu_seconds').notNull(),
});

/** What an installation grants a tenant; null, or no row, means what the configuration says for everybody. */
export const tenants = pgTable('tenants', {
  id: text('id').primaryKey(),
  /** Its part of each pool, against the others' weights. */
  weight: doublePrecision('weight').notNull().default(1),
  /** Tasks of one pool at once. */
  maxRunningTasks: integer('max_running_tasks'),
  /** Jobs that have not ended. */
  maxQueuedJobs: integer('max_queued_jobs'),
  /** What it asks for above this is lowered. */
  maxPriority: smallint('max_priority'),
  name: text('name'),
  /** Nobody of a suspended tenant is let in. */
  status: text('status').$type<TenantStatus>().notNull().default('active'),
  createdAt: madeAt(),
});

/** A queue is a pool and a priority class; each has a virtual time of its own (contracts, fair-order.ts). */
export const tenantShares = pgTable(
  'tenant_shares',
  {
    pool: text('pool').$type<Pool>().notNull(),
    rank: smallint('rank').$type<Rank>().notNull(),
    tenantId: text('tenant_id').notNull(),
    finish: doublePrecision('finish').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.pool, table.rank, table.tenantId] })],
);

export const queueClocks = pgTable(
  'queue_clocks',
  {
    pool: text('pool').$type<Pool>().notNull(),
    rank: smallint('rank').$type<Rank>().notNull(),
    tag: doublePrecision('tag').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.pool, table.rank] })],
);

export type JobRow = typeof jobs.$inferSelect;
export type TaskRow = typeof tasks.$inferSelect;
export type RenditionRow = typeof renditions.$inferSelect;
export type OutboxRow = typeof outbox.$inferSelect;
export type TenantRow = typeof tenants.$inferSelect;
