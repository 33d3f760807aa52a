import {
  errorAnswerSchema,
  namedProfileSchema,
  profileListSchema,
  profileParamsSchema,
  profileSchema,
  StreamflixError,
} from '@streamflix/contracts';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { GatewayPorts } from '../ports.ts';

const refusals = { 400: errorAnswerSchema, 401: errorAnswerSchema, 503: errorAnswerSchema };
const tags = ['profiles'];
const absent = (message: string): StreamflixError => new StreamflixError('NOT_FOUND', { message });

export const profileRoutes: FastifyPluginAsyncZod<{ ports: GatewayPorts }> = async (app, { ports }) => {
  const { profiles } = ports;

  app.route({
    method: 'GET',
    url: '/profiles',
    config: { permission: 'profiles:read' },
    schema: {
      tags,
      summary: 'List the encoding profiles a job may name',
      description: "The platform's own, and the tenant's over them.",
      response: { 200: profileListSchema, ...refusals },
    },
    handler: async ({ caller }) => ({ items: await profiles.list(caller.tenantId) }),
  });

  app.route({
    method: 'GET',
    url: '/profiles/:name',
    config: { permission: 'profiles:read' },
    schema: {
      tags,
      summary: 'One profile, with everything it leaves to the defaults',
      params: profileParamsSchema,
      response: { 200: namedProfileSchema, 404: errorAnswerSchema, ...refusals },
    },
    handler: async (request) => {
      const found = await profiles.find(request.caller.tenantId, request.params.name);
      if (found === null) throw absent('There is no such profile.');
      return found;
    },
  });

  app.route({
    method: 'PUT',
    url: '/profiles/:name',
    config: { permission: 'profiles:write', codes: ['QUOTA_EXCEEDED'] },
    schema: {
      tags,
      summary: "Write a profile of the tenant's own",
      description:
        "What the document leaves out is as in the platform's `default`. One named `default` is what jobs get that name none. Jobs that are " +
        'planned already keep the document they were planned with.',
      params: profileParamsSchema,
      body: profileSchema,
      response: { 200: namedProfileSchema, 429: errorAnswerSchema, ...refusals },
    },
    handler: (request) => profiles.put(request.caller.tenantId, request.params.name, request.body),
  });

  app.route({
    method: 'DELETE',
    url: '/profiles/:name',
    config: { permission: 'profiles:write' },
    schema: {
      tags,
      summary: "Delete a profile of the tenant's own",
      description:
        "One of the platform's that it hid appears again. A job that names it and is not planned yet ends in PROFILE_UNKNOWN.",
      params: profileParamsSchema,
      response: { 204: z.null(), 404: errorAnswerSchema, ...refusals },
    },
    handler: async (request, reply) => {
      if (!(await profiles.remove(request.caller.tenantId, request.params.name)))
        throw absent('The tenant has no profile of that name of its own.');
      return reply.code(204).send(null);
    },
  });
};
