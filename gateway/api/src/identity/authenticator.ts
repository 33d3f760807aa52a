import { createHash, timingSafeEqual } from 'node:crypto';
import { type Caller, isPlatformRole, StreamflixError } from '@streamflix/contracts';
import type { ApiKeyRow, UserRow } from '@streamflix/infra/database';
import type { ApiKeys, Sessions, Tenants, Tickets } from '@streamflix/infra/identity';
import type { Logger } from '@streamflix/infra/telemetry';
import { decodeJwt, errors } from 'jose';
import type { AccessTokens } from './access-tokens.ts';
import { BriefMemory } from './brief-memory.ts';
import type { VerifyExternal } from './external-tokens.ts';
import { isInNetworks } from './networks.ts';

/** How long a change made by another process may go unnoticed. */
const noticedMs = 1_000;

export interface Authenticator {
  /** Null for a key that is not good; FORBIDDEN for a good one from a wrong place or of a suspended tenant. */
  byKey(key: string, address: string): Promise<Caller | null>;
  /** Null for a token that is not good, whoever it is of. */
  byToken(token: string): Promise<Caller | null>;
  /** Whose a ticket for a stream is; null for one that is not good. It is good once. */
  byTicket(ticket: string): Promise<Caller | null>;
  /** Whether somebody who was let in would still be: asked again and again while a stream is open. */
  isStillGood(caller: Caller): Promise<boolean>;
  /** A key, user, session or tenant was changed here. */
  forget(): void;
}

export interface AuthenticatorParts {
  /** Of the environment: admin of the tenant, so that a new installation can be entered. */
  bootstrap: { key: string; tenantId: string };
  keys: Pick<ApiKeys, 'find' | 'touch' | 'isGood'>;
  tickets: Pick<Tickets, 'redeem'>;
  tenants: Pick<Tenants, 'isSuspended'>;
  sessions: Pick<Sessions, 'findUser'>;
  tokens: Pick<AccessTokens, 'verify'>;
  external: { issuer: string; verify: VerifyExternal } | null;
  logger: Logger;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Of the key that is in nobody's table. */
const environmentId = 'environment';

const bootstrapCaller = (tenantId: string): Caller => ({
  ...{ kind: 'key', id: environmentId, name: 'key:environment', role: 'admin', scopes: null, sessionId: null },
  tenantId,
});

const callerOfKey = ({ id, name, role, tenantId, scopes, requestsPerMinute }: ApiKeyRow): Caller => ({
  ...{ kind: 'key', id, name: `key:${name}`, role, tenantId, scopes, sessionId: null, requestsPerMinute },
});

/** As the user is now, not as it was when the token was signed. */
const callerOfUser = ({ id, email, role, tenantId }: UserRow, sessionId: string): Caller => ({
  ...{ kind: 'user', id, name: `user:${email}`, role, tenantId, scopes: null, sessionId },
});

/** Who a token says it is from, before anything of it is believed. */
function issuerOf(token: string): string | null {
  try {
    return decodeJwt(token).iss ?? null;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
    throw error;
  }
}

export function createAuthenticator(parts: AuthenticatorParts): Authenticator {
  const { bootstrap, keys, tenants, sessions, tickets, tokens, external, logger } = parts;
  const expected = digest(bootstrap.key);
  const knownKeys = new BriefMemory<ApiKeyRow>(noticedMs);
  const knownUsers = new BriefMemory<UserRow>(noticedMs);
  const suspensions = new BriefMemory<boolean>(noticedMs);

  async function admit(caller: Caller): Promise<Caller> {
    const { tenantId, role } = caller;
    if (isPlatformRole(role)) return caller;
    if (await suspensions.get(tenantId, () => tenants.isSuspended(tenantId))) {
      throw new StreamflixError('FORBIDDEN', { message: 'The tenant is suspended.' });
    }
    return caller;
  }

  return {
    async byKey(key, address) {
      // Digests are compared, so that neither length nor content shows in time.
      if (timingSafeEqual(digest(key), expected)) return bootstrapCaller(bootstrap.tenantId);
      const row = await knownKeys.get(digest(key).toString('hex'), () => keys.find(key));
      if (row === null) return null;
      if (!isInNetworks(address, row.allowedNetworks)) {
        throw new StreamflixError('FORBIDDEN', { message: 'The key may not be used from this address.' });
      }
      keys.touch(row.id, address).catch((error: unknown) => logger.warn({ err: error }, 'the use of a key was not noted'));
      return admit(callerOfKey(row));
    },
    async byToken(token) {
      if (external !== null && issuerOf(token) === external.issuer) {
        const caller = await external.verify(token);
        return caller && admit(caller);
      }
      const claims = await tokens.verify(token);
      if (claims === null) return null;
      const { sessionId } = claims;
      const user = await knownUsers.get(sessionId, () => sessions.findUser(sessionId));
      const { expiresAt } = claims;
      return user === null || user.id !== claims.userId ? null : admit({ ...callerOfUser(user, sessionId), expiresAt });
    },
    byTicket: (ticket) => tickets.redeem(ticket),
    async isStillGood(caller) {
      const { kind, id, role, sessionId, tenantId, expiresAt } = caller;
      if (expiresAt !== undefined && expiresAt <= Date.now()) return false;
      if (kind === 'key' && id !== environmentId && !(await keys.isGood(id))) return false;
      if (sessionId !== null && (await sessions.findUser(sessionId))?.role !== role) return false;
      return isPlatformRole(role) || !(await tenants.isSuspended(tenantId));
    },
    forget() {
      knownKeys.forget();
      knownUsers.forget();
      suspensions.forget();
    },
  };
}
