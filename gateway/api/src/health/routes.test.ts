import { StreamflixError } from '@streamflix/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestGateway } from '../testkit/test-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.open();
});
afterEach(() => gateway.close());

const breakDependency = (name: keyof TestGateway['checks']) => {
  gateway.checks[name] = async () => {
    throw new StreamflixError('STORE_UNAVAILABLE', { message: 'at 10.0.0.7' });
  };
};

test('with every dependency up the platform is up, and tells so without a key', async () => {
  const answer = await gateway.app.inject('/api/v1/health');
  expect([answer.statusCode, answer.json().status]).toEqual([200, 'up']);
  expect(Object.keys(answer.json().dependencies).sort()).toEqual(['bus', 'database', 'locks', 'registry', 'store']);
});

test.each(['bus', 'registry', 'locks', 'store'] as const)('without %s it is degraded and serves', async (name) => {
  breakDependency(name);
  const answer = await gateway.app.inject('/api/v1/health');
  expect([answer.statusCode, answer.json().status]).toEqual([200, 'degraded']);
  expect(answer.json().dependencies[name]).toMatchObject({ status: 'down', error: 'STORE_UNAVAILABLE' });
  expect(answer.body).not.toContain('10.0.0.7');
  expect((await gateway.app.inject(`/api/v1/health/${name}`)).statusCode).toBe(503);
});

test('without the database it is down', async () => {
  breakDependency('database');
  const answer = await gateway.app.inject('/api/v1/health');
  expect([answer.statusCode, answer.json().status]).toEqual([503, 'down']);
});

test('a dependency nobody knows is not found', async () => {
  expect((await gateway.app.inject('/api/v1/health/weather')).statusCode).toBe(404);
});

test('asking often asks the dependency once a second at most', async () => {
  let asked = 0;
  gateway.checks.database = async () => {
    asked += 1;
  };
  await Promise.all(Array.from({ length: 20 }, () => gateway.app.inject('/api/v1/health')));
  expect(asked).toBe(1);
});
