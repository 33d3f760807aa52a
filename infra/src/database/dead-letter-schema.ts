import type { DeadLetterKind, DeadLetterSelection, DeadLetterState, ErrorCode, Pool, TopicName } from '@streamflix/contracts';
import { bigint, integer, jsonb, pgTable, real, text, uuid } from 'drizzle-orm/pg-core';
import { bytea, changedAt, madeAt, moment } from './columns.ts';

export const deadLetterActions = pgTable('dead_letter_actions', {
  id: uuid('id').primaryKey(),
  action: text('action').$type<'replay' | 'park'>().notNull(),
  requestedBy: text('requested_by').notNull(),
  tenantId: text('tenant_id').notNull(),
  selection: jsonb('selection').$type<DeadLetterSelection>().notNull(),
  letters: integer('letters').notNull(),
  perSecond: real('per_second'),
  createdAt: madeAt(),
});

export const deadLetters = pgTable('dead_letters', {
  id: uuid('id').primaryKey(),
  kind: text('kind').$type<DeadLetterKind>().notNull(),
  state: text('state').$type<DeadLetterState>().notNull().default('new'),
  tenantId: text('tenant_id'),
  videoId: text('video_id'),
  jobId: text('job_id'),
  eventId: text('event_id'),
  taskId: uuid('task_id'),
  pool: text('pool').$type<Pool>(),
  originTopic: text('origin_topic').$type<TopicName>(),
  originPartition: integer('origin_partition'),
  originOffset: bigint('origin_offset', { mode: 'number' }),
  originGroup: text('origin_group'),
  publishedAt: moment('published_at'),
  messageKey: bytea('message_key'),
  messageValue: bytea('message_value'),
  messageHeaders: bytea('message_headers'),
  code: text('code').$type<ErrorCode>().notNull(),
  message: text('message').notNull(),
  signature: text('signature').notNull(),
  attempts: integer('attempts').notNull(),
  firstSeenAt: moment('first_seen_at').notNull(),
  lastSeenAt: moment('last_seen_at').notNull(),
  replays: integer('replays').notNull().default(0),
  replayActionId: uuid('replay_action_id'),
  replayDueAt: moment('replay_due_at'),
  replaySentAt: moment('replay_sent_at'),
  /** How often the last replay was handed over; its outcome ends that. */
  replaySends: integer('replay_sends').notNull().default(0),
  createdAt: madeAt(),
  updatedAt: changedAt(),
});

export type DeadLetterRow = typeof deadLetters.$inferSelect;
