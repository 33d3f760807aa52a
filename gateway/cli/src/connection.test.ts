import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findConnection } from './connection.ts';
import { changeCredentials } from './credentials.ts';

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

test('a session is of its gateway alone, and the last one where none is said', async () => {
  const env = { XDG_CONFIG_HOME: join(root, 'config') };
  const credentialsFile = join(root, 'config', 'streamflix', 'credentials');
  const kept = { accessToken: 'a', refreshToken: 'r', expiresAt: 0 };
  await changeCredentials(credentialsFile, 'https://g', async () => kept);
  expect(statSync(credentialsFile).mode & 0o777).toBe(0o600);
  expect(findConnection({ ...env, GATEWAY_URL: 'https://g/' }, deep)).toEqual({ url: 'https://g', credentialsFile });
  expect(findConnection(env, tmpdir())).toEqual({ url: 'https://g', credentialsFile });
  expect(() => findConnection({ ...env, GATEWAY_URL: 'https://other' }, deep)).toThrow('log in');
  expect(() => findConnection({ ...env, API_KEY: 'k' }, deep)).toThrow('GATEWAY_URL');
  await changeCredentials(credentialsFile, 'https://g', async () => null);
  expect(() => findConnection(env, tmpdir())).toThrow('log in');
});
