import { type Caller, isPlatformRole, isTenantId, roles, StreamflixError } from '@streamflix/contracts';
import type { Config } from '@streamflix/infra/config';
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';

type ExternalIssuer = NonNullable<Config['gateway']['externalIssuer']>;

/** Asymmetric ones only: with a shared secret whoever verifies could sign. */
const algorithms = ['EdDSA', 'ES256', 'ES384', 'PS256', 'RS256'];

/** A claim, where dots lead inwards. */
function claimAt(payload: JWTPayload, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined),
      payload,
    );
}

/** Who the claims are here. FORBIDDEN for one whose groups mean nothing, or a member of no tenant. */
export function callerOfClaims(payload: JWTPayload, issuer: ExternalIssuer, homeTenant: string): Caller {
  const claimed = [claimAt(payload, issuer.roleClaim)].flat();
  const mapped = new Set(claimed.map((value) => (typeof value === 'string' ? issuer.roleOf[value] : undefined)));
  // The table names the strongest first.
  const role = roles.find((each) => mapped.has(each));
  const tenant = claimAt(payload, issuer.tenantClaim) ?? (role !== undefined && isPlatformRole(role) ? homeTenant : null);
  if (role === undefined) throw new StreamflixError('FORBIDDEN', { message: 'The token has no role that means something here.' });
  if (typeof tenant !== 'string' || !isTenantId(tenant)) {
    throw new StreamflixError('FORBIDDEN', { message: 'The token names no tenant.' });
  }
  const id = String(payload.sub);
  return { kind: 'external', id, name: `external:${id}`, role, tenantId: tenant, scopes: null, sessionId: null };
}

const isRefusal = (error: unknown): boolean =>
  error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout) && error.code !== 'ERR_JOSE_GENERIC';

export type VerifyExternal = (token: string) => Promise<Caller | null>;

/** Verifies tokens of another issuer by the keys it publishes. Throws ISSUER_UNAVAILABLE when they cannot be had. */
export function createExternalTokens(issuer: ExternalIssuer, homeTenant: string): VerifyExternal {
  const keys = createRemoteJWKSet(new URL(issuer.jwksUrl), { timeoutDuration: 5_000, cooldownDuration: 10_000 });
  return async (token) => {
    try {
      const options = { issuer: issuer.issuer, audience: issuer.audience, algorithms, requiredClaims: ['sub', 'exp'] };
      const { payload } = await jwtVerify(token, keys, options);
      const { exp } = payload;
      return { ...callerOfClaims(payload, issuer, homeTenant), ...(exp === undefined ? {} : { expiresAt: exp * 1000 }) };
    } catch (error) {
      if (error instanceof StreamflixError) throw error;
      if (isRefusal(error)) return null;
      throw new StreamflixError('ISSUER_UNAVAILABLE', { cause: error });
    }
  };
}
