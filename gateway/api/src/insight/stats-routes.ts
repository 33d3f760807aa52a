import {
  type Caller,
  errorAnswerSchema,
  isPlatformRole,
  StreamflixError,
  statsQuerySchema,
  statsSchema,
  usageQuerySchema,
  usageSchema,
} from '@streamflix/contracts';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { GatewayPorts } from '../ports.ts';

const refusals = { 400: errorAnswerSchema, 503: errorAnswerSchema };
const dayMs = 86_400_000;
const usualDays = 30;

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Whose numbers are told: the tenant's, or null for all. */
function tenantTold({ role, tenantId }: Caller, scope: 'platform' | 'tenant' | undefined): string | null {
  if (scope === 'tenant' || (scope === undefined && !isPlatformRole(role))) return tenantId;
  if (isPlatformRole(role)) return null;
  throw new StreamflixError('FORBIDDEN', { message: 'Only platform roles see all tenants.' });
}

export const statsRoutes: FastifyPluginAsyncZod<{ ports: Pick<GatewayPorts, 'insight'> }> = async (app, { ports }) => {
  const { insight } = ports;

  app.route({
    method: 'GET',
    url: '/stats',
    config: { permission: 'stats:read' },
    schema: {
      tags: ['stats'],
      summary: 'How the work stands: jobs by state, queues, what was done, workers',
      querystring: statsQuerySchema,
      response: { 200: statsSchema, ...refusals },
    },
    handler: (request) => insight.stats(tenantTold(request.caller, request.query.scope)),
  });

  app.route({
    method: 'GET',
    url: '/usage',
    config: { permission: 'stats:read' },
    schema: {
      tags: ['stats'],
      summary: 'What was done for each tenant, key or day',
      description: 'Each attempt of a job counts on the day it ended; minutes of source and bytes of output where it completed.',
      querystring: usageQuerySchema,
      response: { 200: usageSchema, ...refusals },
    },
    handler: (request) => {
      const { by, scope, to = dayOf(Date.now()) } = request.query;
      const { from = dayOf(Date.parse(to) - usualDays * dayMs) } = request.query;
      return insight.usage(tenantTold(request.caller, scope), { from, to, by });
    },
  });
};
