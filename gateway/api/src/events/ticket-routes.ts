import { errorAnswerSchema, ticketSchema } from '@streamflix/contracts';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { GatewayPorts } from '../ports.ts';

const goodForSeconds = 60;

export const ticketRoutes: FastifyPluginAsyncZod<{ ports: GatewayPorts }> = async (app, { ports }) => {
  app.route({
    method: 'POST',
    url: '/tickets',
    config: { permission: 'jobs:read', isRepeatable: true },
    schema: {
      tags: ['events'],
      summary: 'Get a ticket for one stream',
      description:
        'For browsers, which send no headers with a stream: the ticket goes into its address. It is good once, for a minute.',
      response: { 201: ticketSchema, 503: errorAnswerSchema },
    },
    handler: async ({ caller }, reply) => {
      const ticket = await ports.identity.tickets.issue(caller, goodForSeconds);
      reply.code(201).header('cache-control', 'no-store');
      return { ticket, expiresIn: goodForSeconds };
    },
  });
};
