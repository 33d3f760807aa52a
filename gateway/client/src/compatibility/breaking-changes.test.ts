import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { breakingChanges } from './breaking-changes.ts';
import type { ApiDocument, Schema } from './document.ts';

const read = (name: string): ApiDocument => JSON.parse(readFileSync(join(import.meta.dirname, '../../../', name), 'utf8'));
const current = read('openapi.json');

test('the document breaks nothing that was released', () => {
  expect(breakingChanges(read('openapi.released.json'), current)).toEqual([]);
});

/** The document after somebody changed it. */
function changed(change: (document: ApiDocument) => void): string[] {
  const after = structuredClone(current);
  change(after);
  return breakingChanges(current, after);
}

const schemaOf = (
  { components }: ApiDocument,
  name: string,
): Schema & { properties: Record<string, Schema>; required: string[] } => {
  const { properties = {}, required = [], ...schema } = components?.schemas?.[name] ?? {};
  const whole = { ...schema, properties, required };
  if (components?.schemas !== undefined) components.schemas[name] = whole;
  return whole;
};
const operationOf = (document: ApiDocument, path: string, method: string) => {
  const operation = document.paths[path]?.[method];
  if (operation === undefined) throw new Error(`there is no ${method} ${path}`);
  return operation;
};
const jobs = '/api/v1/jobs';

describe('a client would trip over', () => {
  test.each<[string, (document: ApiDocument) => void, string]>([
    ['a route that is gone', (document) => delete document.paths[jobs], 'GET /api/v1/jobs: is gone'],
    ['a method that is gone', (document) => delete document.paths[jobs]?.post, 'POST /api/v1/jobs: is gone'],
    [
      'a field of an answer that is gone',
      (document) => delete schemaOf(document, 'Job').properties.progress,
      '.progress: is gone',
    ],
    [
      'a field that may be absent now',
      (document) => schemaOf(document, 'Job').required.splice(0),
      'GET /api/v1/jobs/{jobId} 200.id: may be absent now',
    ],
    [
      'a field of an answer that may be null now',
      (document) =>
        Object.assign(schemaOf(document, 'Job').properties, { videoId: { anyOf: [{ type: 'string' }, { type: 'null' }] } }),
      '.videoId: may be, as never before',
    ],
    [
      'a field of an answer of another type',
      (document) => Object.assign(schemaOf(document, 'Job').properties, { progress: { type: 'string' } }),
      '.progress: may be string now',
    ],
    [
      'a narrower type of what is sent',
      (document) =>
        Object.assign(schemaOf(document, 'FolderSourceRequestInput').properties, {
          priority: { type: 'integer', minimum: 1, maximum: 5 },
        }),
      '.priority: maximum is 5 now',
    ],
    [
      'a narrower type of what is one of several that may be sent',
      (document) =>
        Object.assign(schemaOf(document, 'StoredSourceRequestInput').properties, { priority: { type: 'integer', maximum: 5 } }),
      'POST /api/v1/jobs body: no longer takes',
    ],
    [
      'another type of what is sent',
      (document) => Object.assign(schemaOf(document, 'FolderSourceRequestInput').properties, { priority: { type: 'string' } }),
      '.priority: takes string and no longer integer',
    ],
    [
      'a new field that must be sent',
      (document) => {
        const schema = schemaOf(document, 'FolderSourceRequestInput');
        schema.properties.region = { type: 'string' };
        schema.required.push('region');
      },
      '.region: is required now',
    ],
    [
      'a field that is no longer taken',
      (document) => delete schemaOf(document, 'FolderSourceRequestInput').properties.profile,
      '.profile: is gone',
    ],
    [
      'a parameter that is gone',
      (document) => operationOf(document, jobs, 'get').parameters?.splice(0),
      'GET /api/v1/jobs query state: is gone',
    ],
    [
      'a new parameter that must be sent',
      (document) =>
        operationOf(document, jobs, 'get').parameters?.push({ in: 'query', name: 'since', required: true, schema: {} }),
      'query since: is required now',
    ],
    [
      'a state to filter by that is no longer known',
      (document) => {
        const state = operationOf(document, jobs, 'get').parameters?.find(({ name }) => name === 'state');
        state?.schema?.enum?.splice(0, 1);
      },
      'query state: no longer takes',
    ],
    [
      'a success that is answered otherwise',
      (document) => delete operationOf(document, jobs, 'get').responses?.['200'],
      '200: is gone',
    ],
    [
      'a route that asks for more',
      (document) => Object.assign(operationOf(document, jobs, 'get'), { 'x-permission': 'audit:read' }),
      'asks for the permission audit:read',
    ],
  ])('%s', (_, change, expected) => {
    expect(changed(change).join('\n')).toContain(expected);
  });
});

describe('nobody trips over', () => {
  test.each<[string, (document: ApiDocument) => void]>([
    ['the same document', () => undefined],
    ['a new route', (document) => Object.assign(document.paths, { '/api/v1/new': { get: {} } })],
    ['a new method', (document) => Object.assign(document.paths[jobs] ?? {}, { put: {} })],
    [
      'a further field of an answer',
      (document) => {
        const schema = schemaOf(document, 'Job');
        schema.properties.region = { type: 'string' };
        schema.required.push('region');
      },
    ],
    [
      'a further field that may be sent',
      (document) => Object.assign(schemaOf(document, 'FolderSourceRequestInput').properties, { region: { type: 'string' } }),
    ],
    ['a field that need not be sent any more', (document) => schemaOf(document, 'FolderSourceRequestInput').required.splice(0)],
    [
      'more of what is sent',
      (document) =>
        Object.assign(schemaOf(document, 'FolderSourceRequestInput').properties, {
          priority: { type: 'number', minimum: 0, maximum: 100 },
        }),
    ],
    [
      'a parameter that may be sent',
      (document) => operationOf(document, jobs, 'get').parameters?.push({ in: 'query', name: 'since', schema: {} }),
    ],
    ['a further refusal', (document) => Object.assign(operationOf(document, jobs, 'get').responses ?? {}, { 418: {} })],
    ['a refusal less', (document) => delete operationOf(document, jobs, 'get').responses?.['400']],
  ])('%s', (_, change) => {
    expect(changed(change)).toEqual([]);
  });
});
