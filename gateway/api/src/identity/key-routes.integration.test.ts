import { apiKeyListSchema, newApiKeySchema } from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { bootstrapKey, type IdentityGateway, openIdentityGateway } from '../testkit/identity-gateway.ts';

let it: IdentityGateway;
beforeAll(async () => {
  it = await openIdentityGateway();
});
afterAll(() => it.close());

const make = async (payload: object, key = it.keys.admin) => it.call(key, 'POST', '/api/v1/keys', { payload });
const made = async (payload: object) => newApiKeySchema.parse((await make({ name: 'a key', ...payload })).json());
const whoami = async (key: string, remoteAddress = '127.0.0.1') => it.call(key, 'GET', '/api/v1/whoami', { remoteAddress });
const isGood = async (key: string) => (await whoami(key)).statusCode === 200;
const execute = (statement: ReturnType<typeof sql>) => it.own.database.query((db) => db.execute(statement));

test('the key of the environment is admin of its tenant', async () => {
  expect((await whoami(bootstrapKey)).json()).toMatchObject({ name: 'key:environment', role: 'admin', tenantId: 'default' });
});

test('a key is told once and kept nowhere', async () => {
  const { key, id, prefix } = await made({ name: 'nightly' });
  expect(key.startsWith(`${prefix}_`)).toBe(true);
  expect((await whoami(key)).json()).toMatchObject({ kind: 'key', id, name: 'key:nightly', role: 'member', tenantId: 'acme' });
  const listed = await it.call(it.keys.admin, 'GET', '/api/v1/keys');
  expect(apiKeyListSchema.parse(listed.json()).items.map((each) => each.id)).toContain(id);
  const stored = JSON.stringify((await execute(sql`select * from api_keys where id = ${id}`)).rows);
  for (const text of [listed.body, stored]) expect(text).not.toContain(key.slice(prefix.length + 1));
});

test('a revoked key opens nothing', async () => {
  const { key, id } = await made({});
  expect(await isGood(key)).toBe(true);
  for (let time = 0; time < 2; time += 1) {
    expect((await it.call(it.keys.admin, 'DELETE', `/api/v1/keys/${id}`)).json().revokedAt).not.toBeNull();
  }
  expect((await whoami(key)).statusCode).toBe(401);
  expect((await it.call(it.keys.admin, 'POST', `/api/v1/keys/${id}/rotate`)).statusCode).toBe(409);
});

test('another process notices a revocation', async () => {
  const { key, id } = await made({});
  expect(await isGood(key)).toBe(true);
  await it.identity.keys.revoke('acme', id);
  await vi.waitFor(async () => expect(await isGood(key)).toBe(false), { timeout: 10_000 });
});

test('an expired key opens nothing', async () => {
  const { key } = await made({ expiresAt: '2020-01-01T00:00:00Z' });
  expect((await whoami(key)).statusCode).toBe(401);
});

test('after a rotation both are good until the overlap is over', async () => {
  const { key: before, id } = await made({});
  const { key: after } = newApiKeySchema.parse((await it.call(it.keys.admin, 'POST', `/api/v1/keys/${id}/rotate`)).json());
  expect(after).not.toBe(before);
  expect([await isGood(before), await isGood(after)]).toEqual([true, true]);
  const { key: third } = (
    await it.call(it.keys.admin, 'POST', `/api/v1/keys/${id}/rotate`, { payload: { overlapSeconds: 0 } })
  ).json();
  expect([await isGood(before), await isGood(after), await isGood(third)]).toEqual([false, false, true]);
});

test('a key is confined to its scopes', async () => {
  const { key } = await made({ role: 'operator', scopes: ['jobs:read'] });
  expect((await it.call(key, 'GET', '/api/v1/jobs')).statusCode).toBe(200);
  const refused = await it.call(key, 'POST', '/api/v1/jobs', { payload: { sourceKey: 'a.mp4' } });
  expect([refused.statusCode, refused.json().error.details]).toEqual([403, { permission: 'jobs:write' }]);
  expect((await whoami(key)).json().permissions).toEqual(['jobs:read']);
});

test('a key is confined to its networks', async () => {
  const { key } = await made({ allowedNetworks: ['10.0.0.0/8', '2001:db8::1'] });
  expect((await whoami(key, '10.9.9.9')).statusCode).toBe(200);
  expect((await whoami(key, '2001:db8::1')).statusCode).toBe(200);
  const refused = await whoami(key, '192.0.2.1');
  expect([refused.statusCode, refused.json().error.code]).toEqual([403, 'FORBIDDEN']);
  expect((await make({ name: 'x', allowedNetworks: ['10.0.0.0/99'] })).statusCode).toBe(400);
});

test('nobody makes, rotates or revokes a key that may do more than they', async () => {
  const admins = await made({ role: 'admin' });
  expect((await make({ name: 'x', role: 'admin' }, it.keys.member)).statusCode).toBe(403);
  const scoped = await it.newKey('member', { scopes: ['keys:write', 'jobs:read'] });
  expect((await make({ name: 'x' }, scoped.key)).statusCode).toBe(403);
  expect((await make({ name: 'x', scopes: ['jobs:read'] }, scoped.key)).statusCode).toBe(201);
  expect((await it.call(it.keys.member, 'POST', `/api/v1/keys/${admins.id}/rotate`)).statusCode).toBe(403);
  expect((await it.call(it.keys.member, 'DELETE', `/api/v1/keys/${admins.id}`)).statusCode).toBe(403);
});

test('the use of a key is noted, at most once a minute', async () => {
  const { key, id } = await made({});
  const noted = async () =>
    (await execute(sql`select last_used_at as at, last_used_from as "from" from api_keys where id = ${id}`)).rows[0];
  expect(await isGood(key)).toBe(true);
  await vi.waitFor(async () => expect(await noted()).toMatchObject({ from: '127.0.0.1' }), { timeout: 10_000 });
  const first = await noted();
  await it.identity.keys.touch(id, '192.0.2.7');
  expect(await noted()).toEqual(first);
  await execute(sql`update api_keys set last_used_at = now() - interval '2 minutes' where id = ${id}`);
  await it.identity.keys.touch(id, '192.0.2.7');
  expect(await noted()).toMatchObject({ from: '192.0.2.7' });
});

test('members of a suspended tenant are not let in; the platform is', async () => {
  await it.identity.tenants.create('frozen', { status: 'suspended' });
  const member = await it.newKey('member', { tenantId: 'frozen' });
  const operator = await it.newKey('operator', { tenantId: 'frozen' });
  expect((await whoami(member.key)).json().error).toMatchObject({ code: 'FORBIDDEN', message: 'The tenant is suspended.' });
  expect(await isGood(operator.key)).toBe(true);
});

test('a tenant may be named in the header or the query, in its proper form', async () => {
  const tenantOf = async (url: string, headers = {}) => (await it.call(it.keys.viewer, 'GET', url, { headers })).json().tenantId;
  expect(await tenantOf('/api/v1/whoami', { 'x-tenant-id': 'globex' })).toBe('globex');
  expect(await tenantOf('/api/v1/whoami?tenantId=globex')).toBe('globex');
  expect((await it.call(it.keys.viewer, 'GET', '/api/v1/whoami?tenantId=../x')).statusCode).toBe(400);
});
