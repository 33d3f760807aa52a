import { isPlatformRole, mayRole, type Permission, permissionsOf, type Role, type RoutePermission } from './permissions.ts';

/** Who asks. */
export interface Caller {
  kind: 'key' | 'user' | 'external';
  /** Of the key or the user; the issuer's subject for somebody external. */
  id: string;
  /** For history and the audit log, as `key:ci` or `user:ann@example.com`. */
  name: string;
  role: Role;
  /** Whose jobs are meant: the caller's own tenant, or the one a platform role named. */
  tenantId: string;
  /** What a key is confined to; null: all its role may do. */
  scopes: readonly Permission[] | null;
  /** The session of a user who logged in here. */
  sessionId: string | null;
  /** Of the token, in milliseconds since the epoch; a key says it of itself when it is asked for. */
  expiresAt?: number;
  /** Of a key with a limit of its own. */
  requestsPerMinute?: number | null;
}

const isInScope = ({ scopes }: Pick<Caller, 'scopes'>, permission: Permission): boolean =>
  scopes === null || scopes.includes(permission);

/** The key that the caller came with; null for people. */
export const keyOf = ({ kind, id }: Pick<Caller, 'kind' | 'id'>): string | null => (kind === 'key' ? id : null);

/** Whether the caller may use a route. */
export function mayUse(caller: Caller, permission: RoutePermission): boolean {
  if (permission === 'public' || permission === 'signed-in') return true;
  if (permission === 'user') return caller.sessionId !== null;
  return mayRole(caller.role, permission) && isInScope(caller, permission);
}

/** The tenant a request is about; null when the caller may not name that one. */
export function tenantMeant(caller: Pick<Caller, 'role' | 'tenantId'>, named: string | undefined): string | null {
  if (named === undefined || named === caller.tenantId) return caller.tenantId;
  return isPlatformRole(caller.role) ? named : null;
}

/** What a caller may do at most; nobody hands out more than they have. */
export const grantedTo = (caller: Pick<Caller, 'role' | 'scopes'>): Permission[] =>
  permissionsOf(caller.role).filter((permission) => isInScope(caller, permission));

/** Whether one may give another a role with these scopes: every permission of it must be one's own. */
export function mayGrant(giver: Pick<Caller, 'role' | 'scopes'>, role: Role, scopes: readonly Permission[] | null): boolean {
  const own = grantedTo(giver);
  const reachesAll = isPlatformRole(role);
  return (!reachesAll || isPlatformRole(giver.role)) && grantedTo({ role, scopes }).every((each) => own.includes(each));
}
