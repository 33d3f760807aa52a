import type { GatewayPorts } from '../ports.ts';
import { type AccessTokens, createAccessTokens } from './access-tokens.ts';
import type { AuthenticatorParts } from './authenticator.ts';
import { createExternalTokens } from './external-tokens.ts';
import type { LetterParts } from './password-letters.ts';
import { argon2id, createPasswords, type Passwords } from './passwords.ts';

/** What the routes of users and sessions are made of. */
export interface IdentityParts {
  identity: GatewayPorts['identity'];
  passwords: Passwords;
  tokens: AccessTokens;
  letters: LetterParts;
}

export function identityParts({ identity, settings, sendMail, passwordDigests, logger }: GatewayPorts): IdentityParts {
  const { auth, gatewayUrl } = settings;
  return {
    identity,
    passwords: createPasswords(passwordDigests ?? argon2id),
    tokens: createAccessTokens({ ...auth, keys: identity.signingKeys }),
    letters: { users: identity.users, sendMail, gatewayUrl, logger },
  };
}

export function authenticatorParts({ identity, settings, logger }: GatewayPorts, { tokens }: IdentityParts): AuthenticatorParts {
  const { keys, tenants, sessions, tickets } = identity;
  const { apiKey: key, apiTenant: tenantId, externalIssuer: issuer } = settings;
  const external = issuer && { issuer: issuer.issuer, verify: createExternalTokens(issuer, tenantId) };
  return { bootstrap: { key, tenantId }, keys, tenants, sessions, tickets, tokens, external, logger };
}
