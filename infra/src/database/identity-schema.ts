import type { Caller, Permission, Role } from '@streamflix/contracts';
import { bigint, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { bytea, madeAt, moment } from './columns.ts';

/** Of a key only the digest is kept. */
export const apiKeys = pgTable('api_keys', {
  id: uuid('id').primaryKey(),
  prefix: text('prefix').notNull().unique(),
  sha256: bytea('sha256').notNull().unique(),
  /** The one before the last rotation, good until then. */
  previousSha256: bytea('previous_sha256'),
  previousUntil: moment('previous_until'),
  name: text('name').notNull(),
  tenantId: text('tenant_id').notNull(),
  role: text('role').$type<Role>().notNull(),
  scopes: text('scopes').array().$type<Permission[]>(),
  expiresAt: moment('expires_at'),
  allowedNetworks: text('allowed_networks').array().notNull().default([]),
  requestsPerMinute: integer('requests_per_minute'),
  lastUsedAt: moment('last_used_at'),
  lastUsedFrom: text('last_used_from'),
  createdAt: madeAt(),
  createdBy: text('created_by').notNull(),
  revokedAt: moment('revoked_at'),
});

export const users = pgTable('users', {
  id: uuid('id').primaryKey(),
  /** In lower case. */
  email: text('email').notNull().unique(),
  name: text('name').notNull(),
  tenantId: text('tenant_id').notNull(),
  role: text('role').$type<Role>().notNull(),
  /** Null until the invitation is accepted. */
  passwordHash: text('password_hash'),
  disabledAt: moment('disabled_at'),
  createdAt: madeAt(),
  lastLoginAt: moment('last_login_at'),
});

export const passwordTokens = pgTable('password_tokens', {
  sha256: bytea('sha256').primaryKey(),
  userId: uuid('user_id').notNull(),
  purpose: text('purpose').$type<'invitation' | 'reset'>().notNull(),
  expiresAt: moment('expires_at').notNull(),
});

/** A log-in and all the refresh tokens that came of it. */
export const sessions = pgTable('sessions', {
  id: uuid('id').primaryKey(),
  userId: uuid('user_id').notNull(),
  createdAt: madeAt(),
  expiresAt: moment('expires_at').notNull(),
  revokedAt: moment('revoked_at'),
  why: text('why'),
  address: text('address'),
});

/** Used ones stay: seeing one again means that it was stolen. */
export const refreshTokens = pgTable('refresh_tokens', {
  sha256: bytea('sha256').primaryKey(),
  sessionId: uuid('session_id').notNull(),
  usedAt: moment('used_at'),
});

export const loginAttempts = pgTable('login_attempts', {
  /** A user by its address of mail, or an address of the network. */
  subject: text('subject').primaryKey(),
  attempts: integer('attempts').notNull(),
  since: moment('since').notNull().defaultNow(),
});

export const signingKeys = pgTable('signing_keys', {
  kid: text('kid').primaryKey(),
  publicJwk: jsonb('public_jwk').$type<Record<string, string>>().notNull(),
  /** A JWK as text, sealed where there is a secret to seal it with. */
  privateKey: text('private_key').notNull(),
  createdAt: madeAt(),
});

/** What lets a browser open one stream. */
export const streamTickets = pgTable('stream_tickets', {
  sha256: bytea('sha256').primaryKey(),
  caller: jsonb('caller').$type<Caller>().notNull(),
  expiresAt: moment('expires_at').notNull(),
});

export const auditLog = pgTable('audit_log', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  at: moment('at').notNull().defaultNow(),
  requestId: text('request_id').notNull(),
  who: text('who').notNull(),
  whoId: text('who_id'),
  role: text('role'),
  tenantId: text('tenant_id'),
  address: text('address').notNull(),
  /** Method and route, as `DELETE /api/v1/jobs/:jobId`. */
  action: text('action').notNull(),
  /** What it was done to. */
  target: text('target'),
  /** Null when it is not known whether the change was made. */
  status: integer('status'),
});

export type ApiKeyRow = typeof apiKeys.$inferSelect;
export type UserRow = typeof users.$inferSelect;
export type AuditRow = typeof auditLog.$inferSelect;
