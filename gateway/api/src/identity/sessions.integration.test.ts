import { type InvitedUser, tokensSchema } from '@streamflix/contracts';
import type { Mail } from '@streamflix/infra/mail';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type IdentityGateway, openIdentityGateway } from '../testkit/identity-gateway.ts';
import { loginLimits } from './log-in.ts';
import { argon2id } from './passwords.ts';

const password = 'correct horse battery staple';
const mails: Mail[] = [];
let mailIsAway = true;
let verifications = 0;
let it: IdentityGateway;

beforeAll(async () => {
  it = await openIdentityGateway({
    sendMail: async (mail) => {
      if (mailIsAway) throw new Error('no mail today');
      mails.push(mail);
    },
    passwordDigests: {
      hash: argon2id.hash,
      verify: (digest, given) => {
        verifications += 1;
        return argon2id.verify(digest, given);
      },
    },
  });
});
afterAll(() => it.close());
beforeEach(async () => {
  mailIsAway = true;
  mails.length = 0;
  await it.own.database.query((db) => db.execute(sql`truncate login_attempts`));
  verifications = 0;
});

const post = (path: string, payload: object, headers = {}) => it.call(null, 'POST', `/api/v1/auth/${path}`, { payload, headers });
const login = (email: string, given = password) => post('login', { email, password: given });
const refresh = (refreshToken: string) => post('refresh', { refreshToken });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const whoami = (token: string) => it.call(null, 'GET', '/api/v1/whoami', { headers: bearer(token) });
const statusOf = async (token: string) => (await whoami(token)).statusCode;
const invite = async (email: string, more = {}): Promise<InvitedUser> =>
  (await it.call(it.keys.admin, 'POST', '/api/v1/users', { payload: { email, name: 'Ann', ...more } })).json();

let number = 0;
async function newUser(more = {}) {
  number += 1;
  const email = `user-${number}@example.com`;
  const { id, token } = await invite(email, more);
  await post('password/set', { token, newPassword: password });
  return { id, email };
}
async function session(more = {}) {
  const user = await newUser(more);
  return { ...user, ...tokensSchema.parse((await login(user.email)).json()) };
}

test('an invited user sets a password, once, and logs in', async () => {
  const { id, token, mailed, status } = await invite('Ann@Example.com', { role: 'operator' });
  expect([mailed, status]).toEqual([false, 'invited']);
  expect((await login('ann@example.com')).statusCode).toBe(401);
  expect((await post('password/set', { token, newPassword: 'too short' })).statusCode).toBe(400);
  expect((await post('password/set', { token, newPassword: password })).statusCode).toBe(204);
  expect((await post('password/set', { token, newPassword: 'another password' })).statusCode).toBe(401);
  const tokens = tokensSchema.parse((await login('ANN@example.com')).json());
  const who = { kind: 'user', id, name: 'user:ann@example.com', role: 'operator', tenantId: 'acme' };
  expect((await whoami(tokens.accessToken)).json()).toMatchObject(who);
  expect((await it.call(it.keys.admin, 'GET', `/api/v1/users/${id}`)).json()).toMatchObject({ status: 'active' });
  expect(
    (await it.call(it.keys.admin, 'POST', '/api/v1/users', { payload: { email: 'ann@example.com', name: 'x' } })).statusCode,
  ).toBe(409);
});

test('an invitation that could be mailed is told to nobody else', async () => {
  mailIsAway = false;
  const { mailed, token } = await invite('mailed@example.com');
  expect([mailed, token, mails.map(({ to }) => to)]).toEqual([true, null, ['mailed@example.com']]);
  const inMail = /--token (\S+)/.exec(mails[0]?.text ?? '')?.[1];
  expect((await post('password/set', { token: inMail, newPassword: password })).statusCode).toBe(204);
});

test('a refresh token is good once; coming twice it ends the session for both', async () => {
  const { accessToken, refreshToken } = await session();
  const next = tokensSchema.parse((await refresh(refreshToken)).json());
  expect(await statusOf(next.accessToken)).toBe(200);
  expect((await refresh(refreshToken)).statusCode).toBe(401);
  expect((await refresh(next.refreshToken)).statusCode).toBe(401);
  expect([await statusOf(accessToken), await statusOf(next.accessToken)]).toEqual([401, 401]);
});

test('of many who refresh with one token at a time at most one gets another', async () => {
  const { refreshToken } = await session();
  const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(refreshToken)));
  expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
  expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(7);
});

test('a session ends by logging out, at once', async () => {
  const { accessToken, refreshToken } = await session();
  expect(await statusOf(accessToken)).toBe(200);
  expect((await post('logout', {}, bearer(accessToken))).statusCode).toBe(204);
  expect([await statusOf(accessToken), (await refresh(refreshToken)).statusCode]).toEqual([401, 401]);
});

test('a session of a user who was disabled is over, and one whose role changed has the new one', async () => {
  const { id, accessToken, refreshToken, email } = await session({ role: 'operator' });
  const change = (payload: object) => it.call(it.keys.admin, 'PATCH', `/api/v1/users/${id}`, { payload });
  expect((await change({ role: 'viewer' })).json().role).toBe('viewer');
  expect((await whoami(accessToken)).json().role).toBe('viewer');
  expect((await change({ disabled: true })).json().status).toBe('disabled');
  expect([await statusOf(accessToken), (await refresh(refreshToken)).statusCode, (await login(email)).statusCode]).toEqual([
    401, 401, 401,
  ]);
  await change({ disabled: false });
  expect((await login(email)).statusCode).toBe(200);
});

test('changing the password needs the one before and ends the other sessions', async () => {
  const { email, accessToken } = await session();
  const other = tokensSchema.parse((await login(email)).json());
  const change = (currentPassword: string) =>
    it.call(null, 'PUT', '/api/v1/auth/password', {
      headers: bearer(accessToken),
      payload: { currentPassword, newPassword: 'a new and longer one' },
    });
  expect((await change('wrong')).statusCode).toBe(401);
  expect(await statusOf(other.accessToken)).toBe(200);
  expect((await change(password)).statusCode).toBe(204);
  expect([await statusOf(accessToken), await statusOf(other.accessToken)]).toEqual([200, 401]);
  expect([(await login(email)).statusCode, (await login(email, 'a new and longer one')).statusCode]).toEqual([401, 200]);
});

test('a reset goes by mail, ends every session, and is answered alike for nobody', async () => {
  const { email, accessToken } = await session();
  mailIsAway = false;
  const known = await post('password/reset', { email });
  const unknown = await post('password/reset', { email: 'nobody@example.com' });
  expect([known.statusCode, known.body]).toEqual([unknown.statusCode, unknown.body]);
  await vi.waitFor(() => expect(mails).toHaveLength(1), { timeout: 10_000 });
  const token = /--token (\S+)/.exec(mails[0]?.text ?? '')?.[1];
  expect((await post('password/set', { token, newPassword: 'a brand new password' })).statusCode).toBe(204);
  expect([await statusOf(accessToken), (await login(email, 'a brand new password')).statusCode]).toEqual([401, 200]);
});

test('whether a user exists shows neither in the answer nor in the work done for it', async () => {
  const { email } = await newUser();
  const { email: disabled, id } = await newUser();
  await it.identity.users.change(id, { disabled: true });
  await invite('invited-only@example.com');
  const seen: unknown[] = [];
  for (const each of [email, disabled, 'invited-only@example.com', 'nobody@example.com']) {
    verifications = 0;
    const answer = await login(each, 'not the password');
    seen.push([answer.statusCode, answer.body, verifications]);
  }
  expect(new Set(seen.map((each) => JSON.stringify(each))).size).toBe(1);
  expect(seen[0]).toMatchObject([401, expect.any(String), 1]);
});

test('after too many attempts a user is locked, known or not, without more work', async () => {
  const { email } = await newUser();
  for (const each of [email, 'nobody@example.com']) {
    for (let time = 0; time < loginLimits.perUser; time += 1) expect((await login(each, 'wrong')).statusCode).toBe(401);
    verifications = 0;
    const locked = await login(each);
    expect([locked.statusCode, locked.json().error.code, verifications]).toEqual([429, 'RATE_LIMITED', 0]);
    expect(Number(locked.headers['retry-after'])).toBeGreaterThan(600);
  }
  const later = sql`update login_attempts set since = now() - interval '16 minutes'`;
  await it.own.database.query((db) => db.execute(later));
  expect((await login(email)).statusCode).toBe(200);
});

test('guesses made at a time are counted too', async () => {
  const { email } = await newUser();
  verifications = 0;
  await Promise.all(Array.from({ length: 20 }, (_, index) => login(email, `guess ${index}`)));
  expect(verifications).toBe(loginLimits.perUser);
});

test('an address is locked that tries many users', async () => {
  const spent = sql`insert into login_attempts (subject, attempts) values ('address:127.0.0.1', ${loginLimits.perAddress})`;
  const { email } = await newUser();
  await it.own.database.query((db) => db.execute(spent));
  expect((await login(email)).statusCode).toBe(429);
  const elsewhere = await it.call(null, 'POST', '/api/v1/auth/login', {
    payload: { email, password },
    remoteAddress: '192.0.2.1',
  });
  expect(elsewhere.statusCode).toBe(200);
});

test('a scoped key makes nobody an admin', async () => {
  const { key } = await it.newKey('admin', { scopes: ['users:write', 'users:read'] });
  const refused = await it.call(key, 'POST', '/api/v1/users', {
    payload: { email: 'evil@example.com', name: 'x', role: 'admin' },
  });
  expect(refused.statusCode).toBe(403);
});
