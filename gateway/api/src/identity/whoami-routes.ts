import { errorAnswerSchema, grantedTo, whoamiSchema } from '@streamflix/contracts';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';

export const whoamiRoutes: FastifyPluginAsyncZod = async (app) => {
  app.route({
    method: 'GET',
    url: '/whoami',
    config: { permission: 'signed-in' },
    schema: {
      tags: ['keys'],
      summary: 'Who the caller is, and what they may do',
      response: { 200: whoamiSchema, 503: errorAnswerSchema },
    },
    handler: async ({ caller }) => {
      const { kind, id, name, role, tenantId } = caller;
      return { kind, id, name, role, tenantId, permissions: grantedTo(caller) };
    },
  });
};
