/** What each role is for. Platform roles look after every tenant; a member belongs to one. */
export const roleMeanings = {
  admin: 'All of it: users, keys, tenants and the audit log of the whole installation.',
  operator: 'Operates the platform: jobs and dead letters of every tenant. Decides nothing about who may come in.',
  viewer: 'Sees what an operator sees and changes nothing.',
  member: 'Works for one tenant and sees nothing of the others.',
} as const;

export type Role = keyof typeof roleMeanings;
export const roles = Object.keys(roleMeanings) as Role[];

/** They may name any tenant in X-Tenant-Id; a member only its own. */
export const isPlatformRole = (role: Role): boolean => role !== 'member';

const everybody = ['admin', 'operator', 'viewer', 'member'] as const;
const platform = ['admin', 'operator', 'viewer'] as const;
const acting = ['admin', 'operator', 'member'] as const;

/** Who may do what: the only place that says so. The names are the scopes of API keys too. */
export const permissionTable = {
  'jobs:read': everybody,
  'jobs:write': acting,
  'profiles:read': everybody,
  'profiles:write': acting,
  'stats:read': everybody,
  'dead-letters:read': platform,
  'dead-letters:write': ['admin', 'operator'],
  'verification:read': platform,
  'keys:read': ['admin', 'member'],
  'keys:write': ['admin', 'member'],
  'users:read': ['admin'],
  'users:write': ['admin'],
  'tenants:read': platform,
  'tenants:write': ['admin'],
  'audit:read': ['admin'],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof permissionTable;
export const permissions = Object.keys(permissionTable) as Permission[];

/**
 * What a route asks of its caller: a permission; `signed-in` for what everybody may do to oneself; `user` for a person's own session, which no
 * key has; `public` for what needs no caller.
 */
export type RoutePermission = Permission | 'signed-in' | 'user' | 'public';

export const mayRole = (role: Role, permission: Permission): boolean =>
  (permissionTable[permission] as readonly Role[]).includes(role);

export const permissionsOf = (role: Role): Permission[] => permissions.filter((permission) => mayRole(role, permission));
