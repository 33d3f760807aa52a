import type { Database } from '../database/index.ts';
import { openApiKeys } from './api-keys.ts';
import { openAttempts } from './attempts.ts';
import { openAuditLog } from './audit.ts';
import { openSessions } from './sessions.ts';
import { openSigningKeys } from './signing-keys.ts';
import { openTenants } from './tenants.ts';
import { openTickets } from './tickets.ts';
import { openUsers } from './users.ts';

/** Everything the platform knows of those who come in. */
export const openIdentity = (database: Database) => ({
  keys: openApiKeys(database),
  users: openUsers(database),
  sessions: openSessions(database),
  attempts: openAttempts(database),
  signingKeys: openSigningKeys(database),
  tenants: openTenants(database),
  tickets: openTickets(database),
  audit: openAuditLog(database),
});

export type Identity = ReturnType<typeof openIdentity>;
export type { ApiKeys } from './api-keys.ts';
export type { Attempts } from './attempts.ts';
export type { AuditEntry, AuditLog } from './audit.ts';
export type { OpenedSession, Sessions } from './sessions.ts';
export type { NewSigningKey, SigningKeyRow, SigningKeys } from './signing-keys.ts';
export type { Tenants } from './tenants.ts';
export type { Tickets } from './tickets.ts';
export type { Users } from './users.ts';
