import fastifyMultipart from '@fastify/multipart';
import { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, fastify, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { deadLetterRoutes } from './dead-letters/routes.ts';
import { eventRoutes } from './events/routes.ts';
import { healthRoutes } from './health/routes.ts';
import { serveApiDocument } from './http/api-document.ts';
import { requireApiKey } from './http/authenticate.ts';
import { answerErrors, answerFrameworkError } from './http/error-answers.ts';
import { addSecurityHeaders, limitSlowBodies } from './http/limits.ts';
import { countRequests, traceRequests } from './http/observe-requests.ts';
import { jobRoutes } from './jobs/routes.ts';
import { mediaRoutes } from './media/routes.ts';
import type { GatewayPorts } from './ports.ts';
import { profileRoutes } from './profiles/routes.ts';
import { verificationRoutes } from './verification/routes.ts';

const bodyLimitBytes = 256 * 1024;

/** The whole HTTP side of the gateway, without a port to listen on. */
export async function buildApp(ports: GatewayPorts): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: ports.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    // Of silence, not of the whole: uploads take hours, streams of events send a comment every few seconds.
    connectionTimeout: 60_000,
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 1024 },
    exposeHeadRoutes: false,
    frameworkErrors: (error, _request, reply) => {
      const { status, body } = answerFrameworkError(error);
      (reply as unknown as FastifyReply).code(status).send(body);
    },
  });
  app.server.headersTimeout = 20_000;
  // Fastify brings one for plain text; here it would end as a puzzling fault of the schema.
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  answerErrors(app);
  addSecurityHeaders(app);
  limitSlowBodies(app);
  countRequests(app);
  await serveApiDocument(app);

  await app.register(healthRoutes, { prefix: '/api/v1', ports });
  await app.register(mediaRoutes, { prefix: '/media', ports });
  await app.register(
    async (api) => {
      api.addHook('onRequest', requireApiKey(ports.settings.apiKey));
      api.addHook('onRoute', ({ schema }) => {
        if (schema !== undefined) schema.security = [{ apiKey: [] }];
      });
      await api.register(eventRoutes, { ports });
      await api.register(verificationRoutes, { ports });
      await api.register(async (traced) => {
        traceRequests(traced);
        await traced.register(fastifyMultipart);
        await traced.register(jobRoutes, { ports });
        await traced.register(deadLetterRoutes, { ports });
        await traced.register(profileRoutes, { ports });
      });
    },
    { prefix: '/api/v1' },
  );
  return app;
}
