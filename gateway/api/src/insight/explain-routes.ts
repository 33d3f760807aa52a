import { errorAnswerSchema, explanationSchema, jobIdParamsSchema, StreamflixError } from '@streamflix/contracts';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { isUuid } from '../jobs/cursor.ts';
import type { GatewayPorts } from '../ports.ts';

export const explainRoutes: FastifyPluginAsyncZod<{ ports: Pick<GatewayPorts, 'insight'> }> = async (app, { ports }) => {
  app.route({
    method: 'GET',
    url: '/jobs/:jobId/explain',
    config: { permission: 'jobs:read' },
    schema: {
      tags: ['jobs'],
      summary: 'Why a job stands where it stands',
      description:
        'In sentences and data: what it waits for, why this ladder, which commands ran where, what failed and what comes next.',
      params: jobIdParamsSchema,
      response: { 200: explanationSchema, 400: errorAnswerSchema, 404: errorAnswerSchema, 503: errorAnswerSchema },
    },
    handler: async (request) => {
      const { jobId } = request.params;
      const explanation = isUuid(jobId) ? await ports.insight.explain(request.caller.tenantId, jobId) : null;
      if (explanation === null) throw new StreamflixError('NOT_FOUND', { message: 'There is no such job.' });
      return explanation;
    },
  });
};
