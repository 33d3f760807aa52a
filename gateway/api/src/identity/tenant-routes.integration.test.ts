import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type IdentityGateway, openIdentityGateway } from '../testkit/identity-gateway.ts';

let it: IdentityGateway;
beforeAll(async () => {
  it = await openIdentityGateway();
});
afterAll(() => it.close());

const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object) =>
  it.call(it.keys.admin, method, `/api/v1${path}`, payload === undefined ? {} : { payload });

test('a tenant is made, changed, suspended and deleted', async () => {
  const made = await call('POST', '/tenants', { id: 'newco', weight: 2 });
  expect([made.statusCode, made.json()]).toMatchObject([201, { id: 'newco', weight: 2, status: 'active', maxQueuedJobs: null }]);
  expect((await call('POST', '/tenants', { id: 'newco' })).statusCode).toBe(409);
  const { key } = await it.newKey('member', { tenantId: 'newco' });
  const enter = async () => (await it.call(key, 'GET', '/api/v1/jobs')).statusCode;
  expect(await enter()).toBe(200);
  const suspended = await call('PATCH', '/tenants/newco', { status: 'suspended', maxQueuedJobs: 7 });
  expect(suspended.json()).toMatchObject({ weight: 2, status: 'suspended', maxQueuedJobs: 7 });
  expect(await enter()).toBe(403);
  await call('PATCH', '/tenants/newco', { status: 'active' });
  expect(await enter()).toBe(200);
  expect((await call('DELETE', '/tenants/newco')).statusCode).toBe(409);
  await it.own.database.query((db) => db.execute(sql`update api_keys set revoked_at = now() where tenant_id = 'newco'`));
  expect((await call('DELETE', '/tenants/newco')).statusCode).toBe(204);
  expect((await call('GET', '/tenants/newco')).statusCode).toBe(404);
  expect((await call('PATCH', '/tenants/newco', { weight: 3 })).statusCode).toBe(404);
});

test.each([{ weight: 0 }, { weight: -1 }, { maxQueuedJobs: -1 }, { maxQueuedJobs: 2 ** 31 }, { status: 'gone' }, { unheard: 1 }])(
  '%j is refused',
  async (body) => {
    expect((await call('PATCH', '/tenants/acme', body)).statusCode).toBe(400);
  },
);

test('every change is written down with who, what, from where and how it ended; reading is not', async () => {
  await call('POST', '/tenants', { id: 'seen' });
  const changed = await call('PATCH', '/tenants/seen', { weight: 3 });
  await call('GET', '/tenants/seen');
  await call('PATCH', '/tenants/none', { weight: 3 });
  const { items } = (await call('GET', '/audit?limit=3')).json();
  expect(items.map(({ action, target, status }: Record<string, unknown>) => [action, target, status])).toEqual([
    ['PATCH /api/v1/tenants/:tenantId', 'none', 404],
    ['PATCH /api/v1/tenants/:tenantId', 'seen', 200],
    ['POST /api/v1/tenants', null, 201],
  ]);
  expect(items[1]).toMatchObject({
    ...{ who: 'key:a admin', role: 'admin', tenantId: 'acme', address: '127.0.0.1' },
    requestId: changed.headers['x-request-id'],
  });
});

test('the audit log tells deleting a job from cancelling it', async () => {
  await it.gateway.storage.write({ key: 'audited.mp4' }, Buffer.from('a video'));
  const { id } = (await call('POST', '/jobs', { sourceKey: 'audited.mp4' })).json();
  await call('DELETE', `/jobs/${id}`);
  await call('DELETE', `/jobs/${id}?purge=true`);
  const { items } = (await call('GET', '/audit?limit=2')).json();
  expect(items.map(({ action, target, status }: Record<string, unknown>) => [action, target, status])).toEqual([
    ['DELETE /api/v1/jobs/:jobId?purge=true', id, 204],
    ['DELETE /api/v1/jobs/:jobId', id, 202],
  ]);
});

test('the audit log is filtered and read page by page', async () => {
  await call('POST', '/tenants', { id: 'paged' });
  for (let weight = 1; weight <= 5; weight += 1) await call('PATCH', '/tenants/paged', { weight });
  const query = `who=${encodeURIComponent('key:a admin')}&action=${encodeURIComponent('PATCH /api/v1/tenants/:tenantId')}&limit=2`;
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: { id: string }[]; nextCursor: string | null } = (
      await call('GET', `/audit?${query}${cursor && `&cursor=${cursor}`}`)
    ).json();
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  expect(seen.length).toBeGreaterThanOrEqual(5);
  expect(new Set(seen).size).toBe(seen.length);
  expect((await call('GET', '/audit?tenant=globex')).json().items).toEqual([]);
});

test('a change is in the log before it is made', async () => {
  const { database } = it.own;
  // The change waits for a row that is locked; the log is read meanwhile.
  await call('POST', '/tenants', { id: 'slow' });
  let pending: ReturnType<typeof call> | undefined;
  await database.transaction(async (db) => {
    await db.execute(sql`select from tenants where id = 'slow' for update`);
    pending = call('PATCH', '/tenants/slow', { weight: 9 });
    const isLogged = async () =>
      (await it.identity.audit.list({ limit: 1 })).some(({ target, status }) => target === 'slow' && status === null);
    const until = Date.now() + 10_000;
    while (!(await isLogged())) if (Date.now() > until) throw new Error('the change is not in the log');
  });
  expect((await pending)?.statusCode).toBe(200);
  expect((await it.identity.audit.list({ limit: 1 }))[0]).toMatchObject({ target: 'slow', status: 200 });
});
