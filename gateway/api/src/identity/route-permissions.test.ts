import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { requirePermissions } from './route-permissions.ts';

test('a route that does not say what it asks of its caller is refused at the start', async () => {
  const app = fastify();
  requirePermissions(app);
  expect(() => app.get('/open', () => 'x')).toThrow('GET /open does not say what it asks of its caller');
  expect(() => app.get('/said', { config: { permission: 'jobs:read' } }, () => 'x')).not.toThrow();
  await app.close();
});
