import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { createJsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { type ApiDocument, describeDocument } from './describe-document.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Content of a body that is read as a stream and has no schema of its own. */
    form?: Record<string, unknown>;
  }
}

export const documentPath = '/api/v1/openapi.json';

const transformSchema = createJsonSchemaTransform({ skipList: [] });

/** Makes the OpenAPI document of the routes' own schemas; serves it, and a page to try it at /docs. */
export async function serveApiDocument(app: FastifyInstance): Promise<void> {
  const forms = new Map<string, Record<string, unknown>>();
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.form !== undefined) forms.set(url, config.form);
  });
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Streamflix Transcoder',
        version: '1.0.0',
        description: 'Turns uploaded videos into adaptive streams. Errors have one form and the codes of one catalogue.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'Where this document came from.' }],
      components: {
        securitySchemes: {
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'Of a program: POST /api/v1/keys makes one.' },
          accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Of POST /api/v1/auth/login.' },
        },
      },
      tags: [
        { name: 'jobs', description: 'Making, watching and cancelling jobs' },
        { name: 'stats', description: 'How the work stands, and what was done for whom' },
        { name: 'events', description: 'Watching jobs live' },
        { name: 'profiles', description: 'What is made of a video' },
        { name: 'dead letters', description: 'Messages and tasks that were put aside: reading and replaying them' },
        { name: 'sessions', description: 'Logging in' },
        { name: 'users', description: 'Inviting people and changing what they may do' },
        { name: 'keys', description: 'Keys of programs, and who one is' },
        { name: 'tenants', description: 'What each tenant is granted' },
        { name: 'audit', description: 'Who changed what' },
        { name: 'health', description: 'How the platform is; needs no key' },
        { name: 'media', description: 'Packages, for players; needs no key' },
      ],
    },
    transform: transformSchema,
    transformObject: (document) =>
      describeDocument(jsonSchemaTransformObject(document) as unknown as ApiDocument, forms) as never,
  });
  await app.register(fastifySwaggerUi, { routePrefix: '/docs', staticCSP: true });
  for (const path of [documentPath, '/openapi.json']) app.get(path, { schema: { hide: true } }, () => app.swagger());
}
