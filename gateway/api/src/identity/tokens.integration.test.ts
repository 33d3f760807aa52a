import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'drizzle-orm';
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type IdentityGateway, openIdentityGateway } from '../testkit/identity-gateway.ts';
import { createAccessTokens } from './access-tokens.ts';

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

let it: IdentityGateway;
let issuer: Server;
let theirs: Pair;
let strangers: Pair;
let theirUrl: string;
let good: string;
let ours: { kid: string; key: Awaited<ReturnType<typeof importJWK>>; publicJwk: JWK };

const password = 'correct horse battery staple';
const part = (token: string, index: number) => JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString());
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const rows = async (statement: ReturnType<typeof sql>) => (await it.own.database.query((db) => db.execute(statement))).rows;

beforeAll(async () => {
  [theirs, strangers] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  const jwk = { ...(await exportJWK(theirs.publicKey)), kid: 'theirs', alg: 'ES256' };
  issuer = createServer((_request, answer) =>
    answer.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] })),
  );
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  theirUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
  const externalIssuer = {
    ...{ issuer: theirUrl, jwksUrl: theirUrl, audience: 'transcoder', roleClaim: 'realm.groups', tenantClaim: 'org' },
    roleOf: { staff: 'member', ops: 'operator' } as const,
  };
  it = await openIdentityGateway({ settings: { externalIssuer } });
  const payload = { email: 'ann@example.com', name: 'Ann' };
  const { token } = (await it.call(it.keys.admin, 'POST', '/api/v1/users', { payload })).json();
  await it.call(null, 'POST', '/api/v1/auth/password/set', { payload: { token, newPassword: password } });
  const answer = await it.call(null, 'POST', '/api/v1/auth/login', { payload: { email: 'ann@example.com', password } });
  good = answer.json().accessToken;
  const [row] = await rows(sql`select kid, public_jwk, private_key from signing_keys`);
  const publicJwk = row?.public_jwk as JWK;
  ours = { kid: String(row?.kid), publicJwk, key: await importJWK(JSON.parse(String(row?.private_key)), 'EdDSA') };
});
afterAll(async () => {
  await it.close();
  issuer.close();
});

const ask = async (token: string) => {
  const answer = await it.call(null, 'GET', '/api/v1/whoami', { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.statusCode, body: answer.json(), header: answer.headers['www-authenticate'] };
};

/** A token like a good one, with what a test is about changed; signed with our own key. */
const like = (changes: JWTPayload, header: object = {}) =>
  new SignJWT({ ...part(good, 1), ...changes }).setProtectedHeader({ ...part(good, 0), ...header }).sign(ours.key);

test('a token of ours is taken, and so is one made like it', async () => {
  expect((await ask(good)).status).toBe(200);
  expect((await ask(await like({}))).status).toBe(200);
  expect(part(good, 1).exp - part(good, 1).iat).toBe(900);
});

const now = () => Math.floor(Date.now() / 1000);
const refused: Record<string, () => string | Promise<string>> = {
  'an expired one': () => like({ iat: now() - 1000, exp: now() - 100 }),
  'one for another audience': () => like({ aud: 'elsewhere' }),
  'one of another issuer, with our key': () => like({ iss: 'http://elsewhere.test' }),
  'one without an end': () => like({ exp: undefined } as never),
  'one that is no access token': () => like({}, { typ: 'JWT' }),
  'one of a session that is not there': () => like({ sid: '00000000-0000-4000-8000-000000000000' }),
  "one of another user's session": () => like({ sub: '00000000-0000-4000-8000-000000000000' }),
  'alg none': () => `${encoded({ alg: 'none', typ: 'at+jwt' })}.${good.split('.')[1]}.`,
  'alg none with a signature': () => `${encoded({ ...part(good, 0), alg: 'none' })}.${good.split('.').slice(1).join('.')}`,
  'one signed with the public key as a shared secret': () =>
    new SignJWT(part(good, 1))
      .setProtectedHeader({ ...part(good, 0), alg: 'HS256' })
      .sign(Buffer.from(JSON.stringify(ours.publicJwk))),
  'one whose claims were changed': () => {
    const [header, , signature] = good.split('.');
    return [header, encoded({ ...part(good, 1), role: 'admin' }), signature].join('.');
  },
  'one that names a key nobody knows': () => like({}, { kid: 'unknown' }),
  'one that brings its own key': async () => {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA');
    const header = { ...part(good, 0), jwk: await exportJWK(publicKey) };
    return new SignJWT(part(good, 1)).setProtectedHeader(header).sign(privateKey);
  },
  'what is no token': () => 'nonsense',
};

test.each(Object.entries(refused))('%s is refused', async (_, make) => {
  const { status, body, header } = await ask(await make());
  expect([status, body.error.code, header]).toEqual([401, 'UNAUTHENTICATED', 'Bearer realm="streamflix"']);
});

describe('of the external issuer', () => {
  const token = (changes: object = {}, { key = theirs.privateKey, kid = 'theirs' } = {}) =>
    new SignJWT({
      sub: 'bob',
      aud: 'transcoder',
      iss: theirUrl,
      exp: now() + 60,
      realm: { groups: ['staff'] },
      org: 'globex',
      ...changes,
    })
      .setProtectedHeader({ alg: 'ES256', kid })
      .sign(key);

  test('a token is taken, and its claims mean what is configured', async () => {
    expect((await ask(await token())).body).toMatchObject({
      kind: 'external',
      name: 'external:bob',
      role: 'member',
      tenantId: 'globex',
    });
    const both = await token({ realm: { groups: ['staff', 'ops', 'else'] }, org: undefined });
    expect((await ask(both)).body).toMatchObject({ role: 'operator', tenantId: 'default' });
  });

  test.each([
    ['for another audience', { aud: 'streamflix' }],
    ['of another issuer', { iss: 'http://elsewhere.test' }],
    ['that is over', { exp: now() - 100 }],
    ['without an end', { exp: undefined }],
  ])('a token %s is refused', async (_, changes) => {
    expect((await ask(await token(changes))).status).toBe(401);
  });

  test('a token signed by a stranger is refused', async () => {
    expect((await ask(await token({}, { key: strangers.privateKey }))).status).toBe(401);
    expect((await ask(await token({}, { key: strangers.privateKey, kid: 'strangers' }))).status).toBe(401);
  });

  test.each([
    ['no group that means something', { realm: { groups: ['guests'] } }],
    ['a role of ours that is not mapped', { realm: { groups: ['admin'] } }],
    ['no tenant', { org: undefined }],
    ['a tenant that cannot be', { org: '../acme' }],
  ])('a token with %s lets nobody in', async (_, changes) => {
    const { status, body } = await ask(await token(changes));
    expect([status, body.error.code]).toEqual([403, 'FORBIDDEN']);
  });
});

test('keys are published without their secrets', async () => {
  const { keys } = (await it.call(null, 'GET', '/.well-known/jwks.json')).json();
  expect(keys).toEqual([{ kty: 'OKP', crv: 'Ed25519', x: ours.publicJwk.x, kid: ours.kid, alg: 'EdDSA', use: 'sig' }]);
});

test('a month later another key signs, and tokens of the one before are good', async () => {
  await rows(sql`update signing_keys set created_at = now() - interval '30 days 1 hour'`);
  const parts = { issuer: 'http://gateway.test', secret: undefined, keys: it.identity.signingKeys };
  const claims = { ...{ userId: 'u', sessionId: 's' }, role: 'member', tenantId: 'acme' } as const;
  const made = await Promise.all([createAccessTokens(parts), createAccessTokens(parts)].map((each) => each.sign(claims)));
  const kids = new Set(made.map((token) => part(token, 0).kid));
  expect([kids.size, kids.has(ours.kid)]).toEqual([1, false]);
  const fresh = createAccessTokens(parts);
  expect(await fresh.verify(good)).not.toBeNull();
  expect((await fresh.jwks()).keys).toHaveLength(2);
  await rows(sql`update signing_keys set created_at = now() - interval '40 days' where kid = ${ours.kid}`);
  expect(await createAccessTokens(parts).verify(good)).toBeNull();
});

test('with a secret the private keys lie sealed, and another secret makes another key', async () => {
  const parts = { issuer: 'http://gateway.test', keys: it.identity.signingKeys };
  const claims = { ...{ userId: 'u', sessionId: 's' }, role: 'member', tenantId: 'acme' } as const;
  const sealing = async (secret: string) => createAccessTokens({ ...parts, secret }).sign(claims);
  await rows(sql`delete from signing_keys`);
  const first = await sealing('a-secret-of-thirty-two-characters!');
  const second = await sealing('another-secret-of-thirty-two-chars!');
  expect(part(first, 0).kid).not.toBe(part(second, 0).kid);
  const stored = await rows(sql`select private_key from signing_keys`);
  expect(stored).toHaveLength(2);
  for (const { private_key: text } of stored) expect(String(text)).toMatch(/^sealed:/);
  expect(await createAccessTokens({ ...parts, secret: undefined }).verify(first)).not.toBeNull();
});
