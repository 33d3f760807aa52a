import {
  type ApiKey,
  apiKeyListSchema,
  apiKeySchema,
  type InvitedUser,
  invitedUserSchema,
  type NewApiKey,
  newApiKeySchema,
  type Tenant,
  tenantListSchema,
  tenantSchema,
  type User,
  userListSchema,
  userSchema,
  type Whoami,
  whoamiSchema,
} from '@streamflix/contracts';
import type { ReadJson } from './gateway-client.ts';

export interface IdentityClient {
  /** Throws RefusedError and UnreachableError, as all do. */
  whoami(): Promise<Whoami>;
  listUsers(): Promise<User[]>;
  inviteUser(user: object): Promise<InvitedUser>;
  changeUser(id: string, changes: object): Promise<User>;
  listKeys(): Promise<ApiKey[]>;
  createKey(key: object): Promise<NewApiKey>;
  rotateKey(id: string, overlapSeconds: number): Promise<NewApiKey>;
  revokeKey(id: string): Promise<ApiKey>;
  listTenants(): Promise<Tenant[]>;
  createTenant(tenant: object): Promise<Tenant>;
  changeTenant(id: string, changes: object): Promise<Tenant>;
}

export function identityClient(readJson: ReadJson): IdentityClient {
  const send = <T>(schema: { parse(value: unknown): T }, method: 'POST' | 'PATCH', path: string, body: object): Promise<T> =>
    readJson(schema, path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  const at = (path: string, id: string): string => `${path}/${encodeURIComponent(id)}`;
  return {
    whoami: () => readJson(whoamiSchema, '/whoami'),
    listUsers: async () => (await readJson(userListSchema, '/users')).items,
    inviteUser: (user) => send(invitedUserSchema, 'POST', '/users', user),
    changeUser: (id, changes) => send(userSchema, 'PATCH', at('/users', id), changes),
    listKeys: async () => (await readJson(apiKeyListSchema, '/keys')).items,
    createKey: (key) => send(newApiKeySchema, 'POST', '/keys', key),
    rotateKey: (id, overlapSeconds) => send(newApiKeySchema, 'POST', `${at('/keys', id)}/rotate`, { overlapSeconds }),
    revokeKey: (id) => readJson(apiKeySchema, at('/keys', id), { method: 'DELETE' }),
    listTenants: async () => (await readJson(tenantListSchema, '/tenants')).items,
    createTenant: (tenant) => send(tenantSchema, 'POST', '/tenants', tenant),
    changeTenant: (id, changes) => send(tenantSchema, 'PATCH', at('/tenants', id), changes),
  };
}
