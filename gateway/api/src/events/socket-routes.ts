import fastifyWebsocket from '@fastify/websocket';
import { errorAnswerSchema, StreamflixError, socketQuerySchema } from '@streamflix/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { readJob } from '../jobs/read-job.ts';
import type { GatewayPorts } from '../ports.ts';
import { placeIn } from './routes.ts';
import { openSocketSink } from './socket-sink.ts';
import type { Streams } from './streams.ts';

/** Nobody has anything to say over it. */
const maxIncomingBytes = 4096;

/** Browsers say whose page it is, and let any page connect: that is ours to refuse. Programs say nothing. */
export function isAllowedOrigin(origin: string | undefined, host: string, allowed: readonly string[]): boolean {
  if (origin === undefined) return true;
  return allowed.includes(origin) || (URL.canParse(origin) && new URL(origin).host === host);
}

/** To be called before any hook: whoever asks for an upgrade and is refused by one is to be let go of, too. */
export async function acceptSockets(app: FastifyInstance): Promise<void> {
  await app.register(fastifyWebsocket, { options: { maxPayload: maxIncomingBytes } });
}

export const socketRoutes: FastifyPluginAsyncZod<{ ports: GatewayPorts; streams: Streams }> = async (app, { ports, streams }) => {
  const { settings } = ports;
  const allowed = [new URL(settings.gatewayUrl).origin, ...settings.corsOrigins];

  app.route({
    method: 'GET',
    url: '/ws',
    // The body of an upgraded request never comes to its end.
    config: { permission: 'jobs:read', takesTickets: true, takesLongBodies: true },
    schema: {
      tags: ['events'],
      summary: 'Watch a job or all jobs of the tenant live (WebSocket)',
      description:
        'The messages of the server-sent events, each a JSON text `{event, id, data}`. Whoever may not is refused before the upgrade. Pings come every 15 ' +
        'seconds. Close codes: 1000 after the end of the job, 1001 when the gateway closes, 4401 when the key or token is not good any more, 4408 for a ' +
        'watcher that does not read.',
      querystring: socketQuerySchema,
      response: {
        401: errorAnswerSchema,
        403: errorAnswerSchema,
        404: errorAnswerSchema,
        426: errorAnswerSchema,
        429: errorAnswerSchema,
        503: errorAnswerSchema,
      },
    },
    preHandler: async (request: FastifyRequest) => {
      const { jobId } = request.query as { jobId?: string };
      if (!isAllowedOrigin(request.headers.origin, request.host, allowed)) {
        throw new StreamflixError('FORBIDDEN', { message: 'Pages of this origin may not connect.' });
      }
      if (jobId !== undefined) await readJob(ports, request.caller.tenantId, jobId);
      streams.assertRoom(request.caller);
    },
    handler: async (_request, reply) => {
      reply.header('upgrade', 'websocket');
      throw new StreamflixError('UPGRADE_REQUIRED');
    },
    wsHandler: async (socket, request) => {
      const { caller, log } = request;
      const { jobId, lastEventId } = request.query as { jobId?: string; lastEventId?: string };
      const { from } = placeIn(lastEventId);
      await streams.run({ caller, of: { tenantId: caller.tenantId, jobId }, from, log }, openSocketSink(socket, settings.slowMs));
    },
  });
};
