import { randomUUID } from 'node:crypto';
import fastifyMultipart from '@fastify/multipart';
import { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, fastify, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { batchRoutes } from './batch/routes.ts';
import { deadLetterRoutes } from './dead-letters/routes.ts';
import { eventRoutes } from './events/routes.ts';
import { acceptSockets, socketRoutes } from './events/socket-routes.ts';
import { createStreams } from './events/streams.ts';
import { ticketRoutes } from './events/ticket-routes.ts';
import { healthRoutes } from './health/routes.ts';
import { allowOrigins } from './http/allow-origins.ts';
import { serveApiDocument } from './http/api-document.ts';
import { answerClientErrors } from './http/client-errors.ts';
import { answerErrors, answerFrameworkError } from './http/error-answers.ts';
import { declareErrors } from './http/error-codes.ts';
import { addSecurityHeaders, limitConnections, limitSlowBodies } from './http/limits.ts';
import { noteWrites } from './http/note-writes.ts';
import { countRequests, nameRequests, traceRequests } from './http/observe-requests.ts';
import { limitAddresses, limitCallers } from './http/rate-limits.ts';
import { refuseUnstorable } from './http/refuse-unstorable.ts';
import { keepAnswers } from './idempotency/keep-answers.ts';
import { auditChanges } from './identity/audit-changes.ts';
import { auditRoutes } from './identity/audit-routes.ts';
import { createAuthenticator } from './identity/authenticator.ts';
import { guardRoutes } from './identity/guard.ts';
import { authenticatorParts, identityParts } from './identity/identity-parts.ts';
import { jwksRoutes } from './identity/jwks-routes.ts';
import { keyRoutes } from './identity/key-routes.ts';
import { requirePermissions } from './identity/route-permissions.ts';
import { sessionRoutes } from './identity/session-routes.ts';
import { tenantRoutes } from './identity/tenant-routes.ts';
import { userRoutes } from './identity/user-routes.ts';
import { whoamiRoutes } from './identity/whoami-routes.ts';
import { estimateRoutes } from './insight/estimate-routes.ts';
import { explainRoutes } from './insight/explain-routes.ts';
import { statsRoutes } from './insight/stats-routes.ts';
import { jobRoutes } from './jobs/routes.ts';
import { taskRoutes } from './jobs/task-routes.ts';
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
    // What is held of each connection besides the kernel's own: there may be hundreds.
    http: { highWaterMark: 16 * 1024 },
    // Of silence, not of the whole: uploads take hours, streams of events send a comment every few seconds.
    connectionTimeout: 60_000,
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    // What comes over a connection that is still open is answered while we close.
    return503OnClosing: false,
    clientErrorHandler: answerClientErrors,
    trustProxy: ports.settings.trustedProxies.length === 0 ? false : [...ports.settings.trustedProxies],
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 1024 },
    exposeHeadRoutes: false,
    frameworkErrors: (error, _request, reply) => {
      const { status, body } = answerFrameworkError(error);
      (reply as unknown as FastifyReply).code(status).send(body);
    },
  });
  limitConnections(app.server);
  // Fastify brings one for plain text; here it would end as a puzzling fault of the schema.
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await acceptSockets(app);
  answerErrors(app);
  addSecurityHeaders(app, ports.settings);
  limitSlowBodies(app);
  nameRequests(app);
  countRequests(app);
  await serveApiDocument(app);

  const { identity } = ports;
  const parts = identityParts(ports);
  const authenticator = createAuthenticator(authenticatorParts(ports, parts));
  const streams = createStreams(ports, authenticator);
  // The server would wait for them.
  app.addHook('preClose', async () => streams.close());
  app.addHook('onClose', () => streams.stop());
  await app.register(async (guarded) => {
    requirePermissions(guarded);
    declareErrors(guarded);
    limitAddresses(guarded, ports.rates, ports.settings.rates);
    guardRoutes(guarded, authenticator);
    limitCallers(guarded, ports.rates, ports.settings.rates);
    refuseUnstorable(guarded);
    auditChanges(guarded, identity.audit);
    noteWrites(guarded, ports);
    keepAnswers(guarded, { keys: ports.idempotency, secret: ports.settings.auth.secret });
    await guarded.register(jwksRoutes, { parts });
    await guarded.register(mediaRoutes, { prefix: '/media', ports });
    await guarded.register(
      async (api) => {
        await allowOrigins(api, ports.settings.corsOrigins);
        await api.register(healthRoutes, { ports });
        await api.register(eventRoutes, { ports, streams });
        await api.register(socketRoutes, { ports, streams });
        await api.register(ticketRoutes, { ports });
        await api.register(verificationRoutes, { ports });
        await api.register(whoamiRoutes);
        await api.register(sessionRoutes, { parts, authenticator });
        await api.register(keyRoutes, { ports, authenticator });
        await api.register(userRoutes, { parts, authenticator });
        await api.register(tenantRoutes, { ports, authenticator });
        await api.register(auditRoutes, { ports });
        await api.register(async (traced) => {
          traceRequests(traced);
          await traced.register(fastifyMultipart);
          await traced.register(jobRoutes, { ports });
          await traced.register(taskRoutes, { ports });
          await traced.register(explainRoutes, { ports });
          await traced.register(estimateRoutes, { ports });
          await traced.register(statsRoutes, { ports });
          await traced.register(batchRoutes, { ports });
          await traced.register(deadLetterRoutes, { ports });
          await traced.register(profileRoutes, { ports });
        });
      },
      { prefix: '/api/v1' },
    );
  });
  return app;
}
