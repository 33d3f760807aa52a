import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findConnection } from './connection.ts';

const root = mkdtempSync(join(tmpdir(), 'connection-'));
const deep = join(root, 'a', 'b');
mkdirSync(deep, { recursive: true });
afterAll(() => rmSync(root, { recursive: true }));

test('without either the remedy is told', () => {
  expect(() => findConnection({}, deep)).toThrow('GATEWAY_URL and API_KEY');
});

test('the local stack of a folder above is found', () => {
  mkdirSync(join(root, '.local'));
  writeFileSync(join(root, '.local', 'stack.env'), 'GATEWAY_URL=http://127.0.0.1:1/\nAPI_KEY=sk_local\n');
  expect(findConnection({}, deep)).toEqual({ url: 'http://127.0.0.1:1', apiKey: 'sk_local' });
});

test('the environment goes before the local stack, and is never mixed with it', () => {
  expect(findConnection({ GATEWAY_URL: 'https://g', API_KEY: 'k' }, deep)).toEqual({ url: 'https://g', apiKey: 'k' });
  expect(() => findConnection({ GATEWAY_URL: 'https://g' }, deep)).toThrow('API_KEY');
});
