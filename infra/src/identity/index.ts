import type { Database } from '../database/index.ts';
import { openApiKeys } from './api-keys.ts';
import { openAuditLog } from './audit.ts';
import { openTenants } from './tenants.ts';

/** Everything the platform knows of those who come in. */
export const openIdentity = (database: Database) => ({
  keys: openApiKeys(database),
  tenants: openTenants(database),
  audit: openAuditLog(database),
});

export type Identity = ReturnType<typeof openIdentity>;
export type { ApiKeys } from './api-keys.ts';
export type { AuditLog } from './audit.ts';
export type { Tenants } from './tenants.ts';
