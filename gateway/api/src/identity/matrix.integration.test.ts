import { randomBytes, randomUUID } from 'node:crypto';
import { type ErrorCode, mayRole, type Permission, type Role, type RoutePermission, roles } from '@streamflix/contracts';
import { indexDeadLetters } from '@streamflix/infra/dead-letters';
import { addTasks, lockJob } from '@streamflix/infra/work';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type IdentityGateway, openIdentityGateway } from '../testkit/identity-gateway.ts';

type Tenant = 'acme' | 'globex';
interface Line {
  permission: RoutePermission;
  /** What the path names, made anew for a tenant. Without it the route is about no single thing. */
  thing?: (tenant: Tenant) => Promise<string>;
  payload?: object | ((tenant: Tenant) => object);
  /** Its answer has no end: only how it begins is looked at. */
  endless?: true;
  /** What it is about belongs to the installation, not to a tenant. */
  hasNoTenant?: true;
}

let it: IdentityGateway;
let address: string;
beforeAll(async () => {
  it = await openIdentityGateway();
  address = await it.gateway.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  it.gateway.app.server.closeAllConnections();
  await it.close();
});

const admin = (tenant: Tenant) => ({ headers: { 'x-tenant-id': tenant } });

async function job(tenant: Tenant): Promise<string> {
  const sourceKey = `${randomUUID()}.mp4`;
  await it.gateway.storage.write({ key: sourceKey }, Buffer.from('a video'));
  const answer = await it.call(it.keys.admin, 'POST', '/api/v1/jobs', { ...admin(tenant), payload: { sourceKey } });
  return answer.json().id;
}

/** Watching one that lives would not end. */
async function endedJob(tenant: Tenant): Promise<string> {
  const id = await job(tenant);
  await it.call(it.keys.admin, 'DELETE', `/api/v1/jobs/${id}`, admin(tenant));
  return id;
}

/** An ended job and the task it ended by, as a path has them. */
async function endedTask(tenant: Tenant): Promise<string> {
  const jobId = await job(tenant);
  await it.own.database.transaction(async (db) => {
    const ended = await lockJob({ db }, jobId);
    if (ended === null) throw new Error('no job');
    const spec = { kind: 'probe' } as const;
    await addTasks({ db }, ended, [{ name: 'probe', pool: 'probe', spec, state: 'ready', predictedCpuSeconds: 1 }]);
  });
  await it.call(it.keys.admin, 'DELETE', `/api/v1/jobs/${jobId}`, admin(tenant));
  return `${jobId}/tasks/probe`;
}

const key = async (tenant: Tenant): Promise<string> => (await it.newKey('member', { tenantId: tenant })).id;

async function profile(tenant: Tenant): Promise<string> {
  const name = `p-${randomUUID()}`;
  await it.call(it.keys.admin, 'PUT', `/api/v1/profiles/${name}`, { ...admin(tenant), payload: {} });
  return name;
}

let number = 0;
async function user(): Promise<string> {
  number += 1;
  const payload = { email: `user-${number}@example.com`, name: 'A user' };
  return (await it.call(it.keys.admin, 'POST', '/api/v1/users', { payload })).json().id;
}

async function tenant(): Promise<string> {
  number += 1;
  const payload = { id: `tenant-${number}` };
  return (await it.call(it.keys.admin, 'POST', '/api/v1/tenants', { payload })).json().id;
}

let offset = 0;
async function letter(tenant: Tenant): Promise<string> {
  offset += 1;
  const fault = {
    code: 'INTERNAL_ERROR' as const,
    message: 'it broke',
    signature: randomBytes(8).toString('hex'),
    attempts: 1,
    replay: null,
  };
  const moments = { publishedAt: new Date(), firstSeen: new Date(), lastSeen: new Date() };
  const origin = { topic: 'video.uploaded' as const, partition: 0, offset: String(offset), group: 'ingest', headers: [] };
  const { database } = it.own;
  const bus = { decode: async () => ({ tenantId: tenant, videoId: 'v' }) as never };
  await indexDeadLetters({ database, bus }, [
    { ...fault, ...moments, ...origin, key: Buffer.from('v'), value: Buffer.from('x') },
  ]);
  const answer = await it.call(it.keys.admin, 'GET', `/api/v1/dead-letters?signature=${fault.signature}`, admin(tenant));
  return answer.json().items[0].id;
}

/** Every route, with what it asks of its caller: said here once more, so that a route that asks for too little is found. */
const lines: Record<string, Line> = {
  'GET /api/v1/health': { permission: 'public' },
  'GET /api/v1/health/{dependency}': { permission: 'public' },
  'GET /media/{*}': { permission: 'public' },
  'HEAD /media/{*}': { permission: 'public' },
  'GET /api/v1/jobs': { permission: 'jobs:read' },
  'POST /api/v1/jobs': { permission: 'jobs:write', payload: (tenant) => ({ sourceKey: `tenants/${tenant}/none.mp4` }) },
  'POST /api/v1/jobs/filesystem': { permission: 'jobs:write', payload: { folder: 'media', path: 'a.mp4' } },
  'POST /api/v1/jobs/upload': { permission: 'jobs:write', payload: {} },
  'GET /api/v1/jobs/{jobId}': { permission: 'jobs:read', thing: job },
  'HEAD /api/v1/jobs/{jobId}': { permission: 'jobs:read', thing: job },
  'GET /api/v1/jobs/{jobId}/history': { permission: 'jobs:read', thing: job },
  'PATCH /api/v1/jobs/{jobId}': { permission: 'jobs:write', thing: job, payload: { priority: 4 } },
  'DELETE /api/v1/jobs/{jobId}': { permission: 'jobs:write', thing: job },
  'POST /api/v1/jobs/{jobId}/retry': { permission: 'jobs:write', thing: endedJob, payload: {} },
  'POST /api/v1/jobs/{jobId}/tasks/{taskId}/retry': { permission: 'jobs:write', thing: endedTask },
  'GET /api/v1/jobs/{jobId}/explain': { permission: 'jobs:read', thing: job },
  'POST /api/v1/jobs/estimate': { permission: 'jobs:read', payload: { source: { durationSeconds: 10, video: null } } },
  'GET /api/v1/stats': { permission: 'stats:read' },
  'GET /api/v1/usage': { permission: 'stats:read' },
  'GET /api/v1/jobs/{jobId}/events': { permission: 'jobs:read', thing: endedJob },
  'POST /api/v1/jobs/batch': {
    permission: 'jobs:write',
    payload: (tenant) => ({ jobs: [{ sourceKey: `tenants/${tenant}/none.mp4` }] }),
  },
  'GET /api/v1/events': { permission: 'jobs:read', endless: true },
  'GET /api/v1/ws': { permission: 'jobs:read' },
  'POST /api/v1/tickets': { permission: 'jobs:read' },
  'GET /api/v1/profiles': { permission: 'profiles:read' },
  'GET /api/v1/profiles/{name}': { permission: 'profiles:read', thing: profile },
  'PUT /api/v1/profiles/{name}': { permission: 'profiles:write', payload: {} },
  'DELETE /api/v1/profiles/{name}': { permission: 'profiles:write', thing: profile },
  'GET /api/v1/dead-letters': { permission: 'dead-letters:read' },
  'GET /api/v1/dead-letters/{letterId}': { permission: 'dead-letters:read', thing: letter },
  'POST /api/v1/dead-letters/replay': { permission: 'dead-letters:write', payload: { signature: 'aaaaaaaaaaaaaaaa' } },
  'POST /api/v1/dead-letters/park': { permission: 'dead-letters:write', payload: { signature: 'aaaaaaaaaaaaaaaa' } },
  'GET /api/v1/verification': { permission: 'verification:read' },
  'GET /.well-known/jwks.json': { permission: 'public' },
  'POST /api/v1/auth/login': { permission: 'public' },
  'POST /api/v1/auth/refresh': { permission: 'public' },
  'POST /api/v1/auth/logout': { permission: 'user' },
  'PUT /api/v1/auth/password': { permission: 'user' },
  'POST /api/v1/auth/password/reset': { permission: 'public' },
  'POST /api/v1/auth/password/set': { permission: 'public' },
  'GET /api/v1/users': { permission: 'users:read' },
  'POST /api/v1/users': { permission: 'users:write', payload: { email: 'x', name: 'x' } },
  'GET /api/v1/users/{userId}': { permission: 'users:read', thing: user, hasNoTenant: true },
  'PATCH /api/v1/users/{userId}': { permission: 'users:write', thing: user, payload: { name: 'Ann' }, hasNoTenant: true },
  'POST /api/v1/users/{userId}/invitation': { permission: 'users:write', thing: user, hasNoTenant: true },
  'GET /api/v1/tenants': { permission: 'tenants:read' },
  'POST /api/v1/tenants': { permission: 'tenants:write', payload: { id: 'X' } },
  'GET /api/v1/tenants/{tenantId}': { permission: 'tenants:read', thing: tenant, hasNoTenant: true },
  'PATCH /api/v1/tenants/{tenantId}': { permission: 'tenants:write', thing: tenant, payload: { weight: 2 }, hasNoTenant: true },
  'DELETE /api/v1/tenants/{tenantId}': { permission: 'tenants:write', thing: tenant, hasNoTenant: true },
  'GET /api/v1/audit': { permission: 'audit:read' },
  'GET /api/v1/whoami': { permission: 'signed-in' },
  'GET /api/v1/keys': { permission: 'keys:read' },
  'POST /api/v1/keys': { permission: 'keys:write', payload: { name: 'another' } },
  'GET /api/v1/keys/{keyId}': { permission: 'keys:read', thing: key },
  'POST /api/v1/keys/{keyId}/rotate': { permission: 'keys:write', thing: key, payload: {} },
  'DELETE /api/v1/keys/{keyId}': { permission: 'keys:write', thing: key },
};

test('every route has a line here, and asks what the line says', async () => {
  const { paths } = (await it.gateway.app.inject('/api/v1/openapi.json')).json();
  const declared = Object.entries<Record<string, { 'x-permission': RoutePermission }>>(paths).flatMap(([url, operations]) =>
    Object.entries(operations).map(([method, operation]) => [`${method.toUpperCase()} ${url}`, operation['x-permission']]),
  );
  expect(Object.fromEntries(declared)).toEqual(
    Object.fromEntries(Object.entries(lines).map(([name, { permission }]) => [name, permission])),
  );
});

/** A key is nobody's session. */
const mayUseByKey = (role: Role, permission: RoutePermission): boolean =>
  permission === 'signed-in' || (permission !== 'user' && mayRole(role, permission as Permission));

const codeOfStatus: Record<number, ErrorCode> = { 401: 'UNAUTHENTICATED', 403: 'FORBIDDEN', 404: 'NOT_FOUND' };

/** HEAD tells a status and no more. */
function codeOf(
  method: string,
  { statusCode, headers, json }: Pick<LightMyRequestResponse, 'statusCode' | 'headers' | 'json'>,
): ErrorCode | undefined {
  if (method === 'HEAD') return codeOfStatus[statusCode];
  return headers['content-type']?.includes('json') ? json().error?.code : undefined;
}

/** Of an answer without end: how it begins. */
async function askAndLeave(key: string | null, url: string, headers: Record<string, string>) {
  const leave = new AbortController();
  const own = { ...(key === null ? {} : { 'x-api-key': key }), ...headers };
  const {
    status,
    headers: said,
    ...answer
  } = await fetch(address + url, { headers: own, signal: leave.signal }).then(async (response) => ({
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text: response.ok ? '{}' : await response.text(),
  }));
  leave.abort();
  return { statusCode: status, headers: said as Record<string, string | undefined>, json: () => JSON.parse(answer.text) };
}

async function ask(name: string, role: Role | null, about: Tenant, headers: Record<string, string> = {}) {
  const { thing, payload, endless = false } = lines[name] ?? { permission: 'public' };
  const [method, template = ''] = name.split(' ');
  const url = template.replace(/\{.*?\}(\/tasks\/\{.*?\})?/, thing === undefined ? 'x' : await thing(about));
  const body = typeof payload === 'function' ? payload(about) : payload;
  const key = role && it.keys[role];
  const answer = endless
    ? await askAndLeave(key, url, headers)
    : await it.call(key, method as InjectOptions['method'], url, { headers, ...(body === undefined ? {} : { payload: body }) });
  return {
    status: answer.statusCode,
    code: codeOf(String(method), answer),
    answer,
  };
}

describe.each(Object.entries(lines).filter(([, { permission }]) => permission !== 'public'))('%s', (name, line) => {
  test('is closed to whoever does not say who they are', async () => {
    const { status, code, answer } = await ask(name, null, 'acme');
    expect([status, code, answer.headers['www-authenticate']]).toEqual([401, 'UNAUTHENTICATED', 'Bearer realm="streamflix"']);
  });

  test.each(roles)('is for %s what the permission table says', async (role) => {
    const { status, code } = await ask(name, role, 'acme');
    if (!mayUseByKey(role, line.permission)) return expect([status, code]).toEqual([403, 'FORBIDDEN']);
    // The source that is named is not there.
    const isAnswered = status < 500 && status !== 401 && code !== 'FORBIDDEN' && (status !== 404 || code === 'SOURCE_NOT_FOUND');
    expect({ status, code, isAnswered }).toEqual({ status, code, isAnswered: true });
  });

  test.each(roles)('shows %s nothing of another tenant that it did not name', async (role) => {
    if (line.thing === undefined || line.hasNoTenant || !mayUseByKey(role, line.permission)) return;
    const { status, code } = await ask(name, role, 'globex');
    expect([status, code]).toEqual([404, 'NOT_FOUND']);
  });

  test.each(roles)('lets %s name another tenant if it is of the platform', async (role) => {
    if (!mayUseByKey(role, line.permission)) return;
    const { status, code } = await ask(name, role, 'globex', { 'x-tenant-id': 'globex' });
    if (role === 'member') return expect([status, code]).toEqual([403, 'FORBIDDEN']);
    const isAnswered = status < 500 && status !== 401 && code !== 'FORBIDDEN' && code !== 'NOT_FOUND';
    expect({ status, code, isAnswered }).toEqual({ status, code, isAnswered: true });
  });
});
