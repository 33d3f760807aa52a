import { errorAnswerSchema, jobIdParamsSchema, jobLifecycle, watchQuerySchema } from '@streamflix/contracts';
import { parsePlace } from '@streamflix/infra/events';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { readJob } from '../jobs/read-job.ts';
import type { GatewayPorts } from '../ports.ts';
import { endMark } from './job-events.ts';
import type { WatchSources } from './read-news.ts';
import { openSseSink } from './sse-sink.ts';
import type { Streams } from './streams.ts';

const refusals = { 401: errorAnswerSchema, 429: errorAnswerSchema, 503: errorAnswerSchema };
const about = {
  tags: ['events'],
  querystring: watchQuerySchema,
  produces: ['text/event-stream'],
};

/** Of each event, as those who read the document event by event take it. */
const streamSchema = z
  .object({ event: z.string(), id: z.string(), data: z.string() })
  .partial()
  .meta({ description: 'One of the server-sent events; its data is JSON.' });

/** Where an earlier stream broke off, by its last id; `hasEnded` when that was its end. */
export function placeIn(lastEventId: string | undefined): { from: WatchSources['from']; hasEnded: boolean } {
  if (lastEventId === undefined || lastEventId === '') return { from: null, hasEnded: false };
  const hasEnded = lastEventId.endsWith(endMark);
  return { from: parsePlace(hasEnded ? lastEventId.slice(0, -endMark.length) : lastEventId) ?? 'lost', hasEnded };
}

const lastEventIdOf = ({ headers }: FastifyRequest, query: { lastEventId?: string | undefined }): string | undefined => {
  const { 'last-event-id': header } = headers;
  return typeof header === 'string' ? header : query.lastEventId;
};

export const eventRoutes: FastifyPluginAsyncZod<{ ports: GatewayPorts; streams: Streams }> = async (app, { ports, streams }) => {
  const { changes, settings } = ports;

  app.route({
    method: 'GET',
    url: '/jobs/:jobId/events',
    config: { permission: 'jobs:read', takesTickets: true },
    schema: {
      ...about,
      summary: 'Watch a job live (server-sent events)',
      description:
        'At once `event: job` with the whole job; then `event: progress` for its steps, `event: state` for every state it comes into with the job after it; at ' +
        'last `event: end` with the whole job, and the stream closes. Comments come every 15 seconds. After a break connect again, to any gateway: with ' +
        '`Last-Event-ID` no state is missed and none is told twice; after the end the answer is 204.',
      params: jobIdParamsSchema,
      response: { 200: streamSchema, 204: z.null(), 404: errorAnswerSchema, ...refusals },
    },
    handler: async (request, reply) => {
      const { caller, log } = request;
      const of = { tenantId: caller.tenantId, jobId: request.params.jobId };
      const { from, hasEnded } = placeIn(lastEventIdOf(request, request.query));
      // Before the stream begins: an unknown job is answered with an ordinary 404.
      const job = await readJob(ports, of.tenantId, of.jobId);
      if (hasEnded && from !== null && from !== 'lost' && jobLifecycle.isTerminal(job.state)) {
        const since = await changes.read(of, from);
        if (since !== null && since.changes.length === 0) return reply.code(204).send(null);
      }
      streams.assertRoom(caller);
      await streams.run({ caller, of, from, log }, openSseSink(reply, settings.slowMs));
    },
  });

  app.route({
    method: 'GET',
    url: '/events',
    config: { permission: 'jobs:read', takesTickets: true },
    schema: {
      ...about,
      summary: 'Watch all jobs of the tenant live (server-sent events)',
      description:
        'At once `event: ready`; then `event: state` for every state a job comes into, exactly once, and `event: progress` for steps, as they happen. ' +
        'After a break connect again, to any gateway, with `Last-Event-ID`. Whoever was away for longer than an hour gets `event: reset`: what was told ' +
        'meanwhile is lost, and the list of jobs says how they are.',
      response: { 200: streamSchema, ...refusals },
    },
    handler: async (request, reply) => {
      const { caller, log } = request;
      const { from } = placeIn(lastEventIdOf(request, request.query));
      streams.assertRoom(caller);
      await streams.run({ caller, of: { tenantId: caller.tenantId }, from, log }, openSseSink(reply, settings.slowMs));
    },
  });
};
