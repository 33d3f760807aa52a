import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCatalogue } from '@streamflix/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestGateway } from '../testkit/test-gateway.ts';
import type { ApiDocument } from './describe-document.ts';

let gateway: TestGateway;
let document: ApiDocument;
beforeAll(async () => {
  gateway = await TestGateway.open();
  document = (await gateway.app.inject('/api/v1/openapi.json')).json();
});
afterAll(() => gateway.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );

test('the copy that the client is made of is up to date: npm run generate:api', () => {
  const copy = JSON.parse(readFileSync(join(import.meta.dirname, '../../../openapi.json'), 'utf8'));
  expect(document).toEqual(copy);
});

test('every error answer names its codes, of the catalogue and of its status, with an example of each', () => {
  for (const { name, operation } of operations()) {
    for (const [status, { $ref }] of Object.entries(operation.responses)) {
      const isTheirOwn = status === '416' || (status === '503' && name.includes('/health'));
      if (Number(status) < 400 || isTheirOwn) continue;
      const answer = document.components.responses?.[String($ref).replace('#/components/responses/', '')];
      const content = answer?.content as Record<string, { examples: Record<string, { value: unknown }> }> | undefined;
      const codes = Object.entries(content?.['application/json']?.examples ?? {});
      expect(codes.length, `${name} ${status}`).toBeGreaterThan(0);
      for (const [code, { value }] of codes) {
        expect(errorCatalogue).toHaveProperty([code, 'status'], Number(status));
        expect(value).toMatchObject({ error: { code } });
      }
    }
  }
});

test('every route has a name of its own and what it is for', () => {
  const ids = operations().map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(operations().filter(({ operation }) => typeof operation.summary !== 'string')).toEqual([]);
});

test('a path that is there, asked otherwise, is answered with what it can be asked', async () => {
  const answer = await gateway.app.inject({ method: 'PUT', url: '/api/v1/jobs?x=1' });
  expect([answer.statusCode, answer.json().error.code, answer.headers.allow]).toEqual([405, 'METHOD_NOT_ALLOWED', 'GET, POST']);
  const upload = await gateway.app.inject({ method: 'PUT', url: '/api/v1/jobs/upload', headers: { 'content-type': 'text/x' } });
  expect([upload.statusCode, upload.headers.allow]).toEqual([405, 'POST']);
});
