import type { Role } from '@streamflix/contracts';
import type { NewSigningKey, SigningKeyRow, SigningKeys } from '@streamflix/infra/identity';
import { calculateJwkThumbprint, errors, exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import { seal, unseal } from './seal.ts';

export const accessTokenSeconds = 15 * 60;
export const audience = 'streamflix';
const algorithm = 'EdDSA';
const type = 'at+jwt';

const rotationSeconds = 30 * 86_400;
/** A key is published until the last token it may have signed is over. */
const publishedSeconds = rotationSeconds + 86_400;
/** A token that names a key nobody knows makes us look no more often than this. */
const reloadMs = 1_000;

export interface TokenClaims {
  userId: string;
  sessionId: string;
  role: Role;
  tenantId: string;
}

export interface VerifiedClaims extends Pick<TokenClaims, 'userId' | 'sessionId'> {
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

export interface AccessTokens {
  sign(claims: TokenClaims): Promise<string>;
  /** Null for a token that is not ours, not good any more, or not what it says. */
  verify(token: string): Promise<VerifiedClaims | null>;
  jwks(): Promise<{ keys: Record<string, string>[] }>;
}

type Key = Awaited<ReturnType<typeof importJWK>>;

async function makeKey(secret: string | undefined): Promise<NewSigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const { x = '' } = await exportJWK(publicKey);
  const publicJwk = { kty: 'OKP', crv: 'Ed25519', x } as const;
  const kid = await calculateJwkThumbprint(publicJwk);
  const described = { ...publicJwk, kid, alg: algorithm, use: 'sig' };
  return { kid, publicJwk: described, privateKey: seal(JSON.stringify(await exportJWK(privateKey)), secret) };
}

/** Tokens of those who logged in here: EdDSA, with keys that all gateways share through the database and change every month. */
export function createAccessTokens(parts: { issuer: string; secret: string | undefined; keys: SigningKeys }): AccessTokens {
  const { issuer, secret, keys } = parts;
  let published: SigningKeyRow[] = [];
  let loadedAt = Number.NEGATIVE_INFINITY;

  async function load(): Promise<SigningKeyRow[]> {
    if (performance.now() - loadedAt > reloadMs) {
      published = await keys.list(publishedSeconds);
      loadedAt = performance.now();
    }
    return published;
  }

  const isFresh = (row: SigningKeyRow): boolean =>
    Date.now() - row.createdAt.getTime() < rotationSeconds * 1000 && unseal(row.privateKey, secret) !== null;

  async function signingKey(): Promise<{ kid: string; key: Key }> {
    for (let time = 0; time < 2; time += 1) {
      const row = (await load()).find(isFresh);
      const jwk = row && unseal(row.privateKey, secret);
      if (row !== undefined && typeof jwk === 'string') {
        return { kid: row.kid, key: await importJWK(JSON.parse(jwk) as JWK, algorithm) };
      }
      await keys.ensure(isFresh, () => makeKey(secret));
      loadedAt = Number.NEGATIVE_INFINITY;
    }
    throw new Error('a new signing key cannot be read');
  }

  async function publicKey({ kid }: { kid?: string | undefined }): Promise<Key> {
    const row = published.find((each) => each.kid === kid) ?? (await load()).find((each) => each.kid === kid);
    if (row === undefined) throw new errors.JWKSNoMatchingKey();
    return importJWK(row.publicJwk as JWK, algorithm);
  }

  return {
    async sign({ userId, sessionId, role, tenantId }) {
      const { kid, key } = await signingKey();
      return new SignJWT({ sid: sessionId, role, tenant: tenantId })
        .setProtectedHeader({ alg: algorithm, typ: type, kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(userId)
        .setIssuedAt()
        .setExpirationTime(`${accessTokenSeconds}s`)
        .sign(key);
    },
    async verify(token) {
      try {
        const options = { issuer, audience, algorithms: [algorithm], typ: type, requiredClaims: ['sub', 'sid', 'exp'] };
        const { payload } = await jwtVerify(token, publicKey, options);
        return { userId: String(payload.sub), sessionId: String(payload.sid), expiresAt: Number(payload.exp) * 1000 };
      } catch (error) {
        if (error instanceof errors.JOSEError) return null;
        throw error;
      }
    },
    jwks: async () => ({ keys: (await load()).map(({ publicJwk }) => publicJwk) }),
  };
}
