import { errorAnswerSchema, jwksSchema } from '@streamflix/contracts';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { IdentityParts } from './identity-parts.ts';

/** For services that take our access tokens: they verify them by these keys, without asking us. */
export const jwksRoutes: FastifyPluginAsyncZod<{ parts: IdentityParts }> = async (app, { parts }) => {
  app.route({
    method: 'GET',
    url: '/.well-known/jwks.json',
    config: { permission: 'public' },
    schema: {
      tags: ['sessions'],
      summary: 'The keys that access tokens are signed with',
      response: { 200: jwksSchema, 503: errorAnswerSchema },
    },
    handler: async (_request, reply) => {
      reply.header('cache-control', 'public, max-age=300');
      return parts.tokens.jwks();
    },
  });
};
