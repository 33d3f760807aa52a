import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestGateway } from '../testkit/test-gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.open();
});
afterAll(() => gateway.close());

test('the API document is OpenAPI 3.1 and names every route', async () => {
  const document = (await gateway.app.inject('/api/v1/openapi.json')).json();
  expect(document.openapi).toMatch(/^3\.1/);
  expect(Object.keys(document.paths).sort()).toEqual([
    '/.well-known/jwks.json',
    '/api/v1/audit',
    '/api/v1/auth/login',
    '/api/v1/auth/logout',
    '/api/v1/auth/password',
    '/api/v1/auth/password/reset',
    '/api/v1/auth/password/set',
    '/api/v1/auth/refresh',
    '/api/v1/dead-letters',
    '/api/v1/dead-letters/park',
    '/api/v1/dead-letters/replay',
    '/api/v1/dead-letters/{letterId}',
    '/api/v1/events',
    '/api/v1/health',
    '/api/v1/health/{dependency}',
    '/api/v1/jobs',
    '/api/v1/jobs/batch',
    '/api/v1/jobs/estimate',
    '/api/v1/jobs/filesystem',
    '/api/v1/jobs/upload',
    '/api/v1/jobs/{jobId}',
    '/api/v1/jobs/{jobId}/events',
    '/api/v1/jobs/{jobId}/explain',
    '/api/v1/jobs/{jobId}/history',
    '/api/v1/jobs/{jobId}/retry',
    '/api/v1/jobs/{jobId}/tasks/{taskId}/retry',
    '/api/v1/keys',
    '/api/v1/keys/{keyId}',
    '/api/v1/keys/{keyId}/rotate',
    '/api/v1/profiles',
    '/api/v1/profiles/{name}',
    '/api/v1/stats',
    '/api/v1/tenants',
    '/api/v1/tenants/{tenantId}',
    '/api/v1/tickets',
    '/api/v1/usage',
    '/api/v1/users',
    '/api/v1/users/{userId}',
    '/api/v1/users/{userId}/invitation',
    '/api/v1/verification',
    '/api/v1/whoami',
    '/api/v1/ws',
    '/media/{*}',
  ]);
  expect(document.paths['/api/v1/jobs'].post.security).toEqual([{ apiKey: [] }, { accessToken: [] }]);
  expect(document.paths['/api/v1/health'].get.security).toEqual([]);
  expect(document.paths['/api/v1/jobs/upload'].post.requestBody.content['multipart/form-data'].schema.required).toEqual(['file']);
  expect(Object.keys(document.components.schemas)).toContain('Job');
});

test('every reference of the API document leads somewhere', async () => {
  const body = (await gateway.app.inject('/api/v1/openapi.json')).body;
  const document = JSON.parse(body);
  const names = new Set([...body.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name));
  expect(names.size).toBeGreaterThan(0);
  for (const name of names) expect(document.components.schemas).toHaveProperty([String(name)]);
});

test('the documentation has a page', async () => {
  expect((await gateway.app.inject('/docs/')).statusCode).toBe(200);
});

test('an unknown path and a path that cannot be decoded are answered in the documented form', async () => {
  expect((await gateway.app.inject('/nothing')).json().error.code).toBe('NOT_FOUND');
  expect((await gateway.app.inject('/openapi.json')).statusCode).toBe(200);
  const undecodable = await gateway.app.inject('/api/v1/jobs/%E0%A4%A');
  expect([undecodable.statusCode, undecodable.json().error.code]).toEqual([400, 'VALIDATION_FAILED']);
});

test('answers forbid browsers to guess, frame or run them', async () => {
  const { headers } = await gateway.app.inject('/api/v1/health');
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
  expect(headers['content-security-policy']).toContain("default-src 'none'");
});
