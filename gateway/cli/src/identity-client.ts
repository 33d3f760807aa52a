import type { ApiSchemas, StreamflixClient } from '@streamflix/client';
import { told } from './api.ts';

export type User = ApiSchemas['User'];
export type ApiKey = ApiSchemas['ApiKey'];
export type Tenant = ApiSchemas['Tenant'];
export type InvitedUser = ApiSchemas['InvitedUser'];

export interface IdentityClient {
  /** Throws RefusedError and UnreachableError, as all do. */
  whoami(): Promise<ApiSchemas['Whoami']>;
  listUsers(): Promise<User[]>;
  inviteUser(user: ApiSchemas['InviteUserRequestInput']): Promise<InvitedUser>;
  changeUser(id: string, changes: ApiSchemas['ChangeUserRequestInput']): Promise<User>;
  listKeys(): Promise<ApiKey[]>;
  createKey(key: ApiSchemas['CreateKeyRequestInput']): Promise<ApiSchemas['NewApiKey']>;
  rotateKey(id: string, overlapSeconds: number): Promise<ApiSchemas['NewApiKey']>;
  revokeKey(id: string): Promise<ApiKey>;
  listTenants(): Promise<Tenant[]>;
  createTenant(tenant: ApiSchemas['CreateTenantRequestInput']): Promise<Tenant>;
  changeTenant(id: string, changes: ApiSchemas['ChangeTenantRequestInput']): Promise<Tenant>;
}

export function identityClient(api: StreamflixClient): IdentityClient {
  const user = (userId: string) => ({ params: { path: { userId } } });
  const key = (keyId: string) => ({ params: { path: { keyId } } });
  const tenant = (tenantId: string) => ({ params: { path: { tenantId } } });
  return {
    whoami: () => told(api.GET('/api/v1/whoami')),
    listUsers: async () => (await told(api.GET('/api/v1/users'))).items,
    inviteUser: (body) => told(api.POST('/api/v1/users', { body })),
    changeUser: (id, body) => told(api.PATCH('/api/v1/users/{userId}', { ...user(id), body })),
    listKeys: async () => (await told(api.GET('/api/v1/keys'))).items,
    createKey: (body) => told(api.POST('/api/v1/keys', { body })),
    rotateKey: (id, overlapSeconds) => told(api.POST('/api/v1/keys/{keyId}/rotate', { ...key(id), body: { overlapSeconds } })),
    revokeKey: (id) => told(api.DELETE('/api/v1/keys/{keyId}', key(id))),
    listTenants: async () => (await told(api.GET('/api/v1/tenants'))).items,
    createTenant: (body) => told(api.POST('/api/v1/tenants', { body })),
    changeTenant: (id, body) => told(api.PATCH('/api/v1/tenants/{tenantId}', { ...tenant(id), body })),
  };
}
