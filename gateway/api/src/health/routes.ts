import {
  type DependencyName,
  dependencyHealthSchema,
  dependencyNames,
  errorAnswerSchema,
  healthSchema,
  StreamflixError,
} from '@streamflix/contracts';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { GatewayPorts } from '../ports.ts';
import { createHealthProbe } from './check-dependencies.ts';

const isDependency = (name: string): name is DependencyName => (dependencyNames as readonly string[]).includes(name);

export const healthRoutes: FastifyPluginAsyncZod<{ ports: GatewayPorts }> = async (app, { ports }) => {
  const probe = createHealthProbe(ports.checks);

  app.route({
    method: 'GET',
    url: '/health',
    config: { permission: 'public', rate: 'none' },
    schema: { tags: ['health'], summary: 'Every dependency', response: { 200: healthSchema, 503: healthSchema } },
    handler: async (_request, reply) => {
      const health = await probe.all();
      return reply
        .code(health.status === 'down' ? 503 : 200)
        .header('cache-control', 'no-store')
        .send(health);
    },
  });

  app.route({
    method: 'GET',
    url: '/health/:dependency',
    config: { permission: 'public', rate: 'none' },
    schema: {
      tags: ['health'],
      summary: 'One dependency',
      params: z.object({ dependency: z.string() }).meta({ description: dependencyNames.join(', ') }),
      response: { 200: dependencyHealthSchema, 404: errorAnswerSchema, 503: dependencyHealthSchema },
    },
    handler: async (request, reply) => {
      const { dependency } = request.params;
      if (!isDependency(dependency)) {
        throw new StreamflixError('NOT_FOUND', {
          message: `There is no dependency "${dependency}".`,
          details: { known: dependencyNames },
        });
      }
      const health = await probe.one(dependency);
      return reply
        .code(health.status === 'up' ? 200 : 503)
        .header('cache-control', 'no-store')
        .send(health);
    },
  });
};
