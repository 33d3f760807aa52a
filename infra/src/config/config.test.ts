import { StreamflixError } from '@streamflix/contracts';
import { expect, test } from 'vitest';
import { loadConfig } from './config.ts';

const enough = {
  KAFKA_BROKERS: 'a:1, b:2',
  SCHEMA_REGISTRY_URL: 'http://registry',
  DATABASE_URL: 'postgres://u:secret-word@db/x',
  REDIS_URL: 'redis://r',
};

function faultsOf(env: Record<string, string>): string {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof StreamflixError) return error.message;
    throw error;
  }
  return '';
}

test('the defaults make a whole configuration of the four endpoints', () => {
  const config = loadConfig(enough);
  expect(config.bus.brokers).toEqual(['a:1', 'b:2']);
  expect(config.mediaBaseUrl).toBe('http://127.0.0.1:3000/media');
  expect(Object.isFrozen(config.work)).toBe(true);
});

test('all faults are told together, each by its name', () => {
  const message = faultsOf({ ...enough, DATABASE_URL: '', SLOTS: '-1', LEASE_SECONDS: 'x' });
  for (const name of ['DATABASE_URL: is not set', 'SLOTS', 'LEASE_SECONDS']) expect(message).toContain(name);
});

test('a fault never repeats a value', () => {
  expect(faultsOf({ ...enough, SCHEMA_REGISTRY_URL: 'my-secret' })).not.toContain('my-secret');
});

test('a local store without a folder and half a pair of keys are faults', () => {
  const message = faultsOf({ ...enough, STORAGE_DRIVER: 'local', AWS_ACCESS_KEY_ID: 'only-one' });
  expect(message).toContain('STORAGE_DIR');
  expect(message).toContain('AWS_SECRET_ACCESS_KEY');
});

test('a checker that would miss what happens between two runs is a fault', () => {
  expect(faultsOf({ ...enough, CHECK_SECONDS: '600', CHECK_WINDOW_SECONDS: '900' })).toContain('CHECK_WINDOW_SECONDS');
});

const external = {
  OIDC_ISSUER: 'https://login',
  OIDC_AUDIENCE: 'transcoder',
  OIDC_JWKS_URL: 'https://login/jwks',
  OIDC_ROLES: 'admins=admin, staff=member',
};

test('an external issuer says which of its groups are what here', () => {
  const { externalIssuer } = loadConfig({ ...enough, ...external }).gateway;
  expect(externalIssuer).toMatchObject({ issuer: 'https://login', roleOf: { admins: 'admin', staff: 'member' } });
  expect(loadConfig(enough).gateway.externalIssuer).toBeNull();
});

test.each([
  { OIDC_AUDIENCE: '' },
  { OIDC_JWKS_URL: '' },
  { OIDC_ROLES: '' },
  { OIDC_ROLES: 'admins=root' },
  { OIDC_ROLES: '=admin' },
])('an external issuer with %j is a fault', (change) => {
  expect(faultsOf({ ...enough, ...external, ...change })).toContain('OIDC_ISSUER');
});
