import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { errorAnswerSchema, jobIdParamsSchema } from '@streamflix/contracts';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { readJob } from '../jobs/read-job.ts';
import type { GatewayPorts } from '../ports.ts';
import { type JobEvent, jobEvents } from './job-events.ts';

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // Proxies that buffer would hold the events back until the job has ended.
  'x-accel-buffering': 'no',
};

const format = ({ event, data }: JobEvent): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** Writes at the pace of the reader. */
async function send(raw: ServerResponse, text: string, signal: AbortSignal): Promise<void> {
  if (!raw.write(text)) await once(raw, 'drain', { signal });
}

export const eventRoutes: FastifyPluginAsyncZod<{ ports: GatewayPorts }> = async (app, { ports }) => {
  const { settings, feed } = ports;
  const closing = new AbortController();
  // Streams have no end of their own while their job runs; the server would wait for them.
  app.addHook('preClose', async () => closing.abort());

  app.route({
    method: 'GET',
    url: '/jobs/:jobId/events',
    config: { permission: 'jobs:read' },
    schema: {
      tags: ['jobs'],
      summary: 'Watch a job live (server-sent events)',
      description:
        'At once `event: job` with the whole job; then `event: progress` for its steps and `event: job` when its state changed; at last ' +
        '`event: end` with the whole job, and the stream closes. Comments come every 15 seconds. After a break connect again.',
      params: jobIdParamsSchema,
      produces: ['text/event-stream'],
      response: { 401: errorAnswerSchema, 404: errorAnswerSchema, 503: errorAnswerSchema },
    },
    handler: async (request, reply) => {
      const { jobId } = request.params;
      const { tenantId } = request.caller;
      // Before the stream begins: an unknown job is answered with an ordinary 404.
      await readJob(ports, tenantId, jobId);
      reply.hijack();
      const { raw } = reply;
      const gone = new AbortController();
      raw.once('close', () => gone.abort());
      const signal = AbortSignal.any([gone.signal, closing.signal]);
      raw.writeHead(200, headers);
      raw.write('retry: 2000\n\n');
      const heartbeat = setInterval(() => raw.write(': still here\n\n'), settings.heartbeatMs);
      try {
        const sources = { jobId, feed, readJob: () => readJob(ports, tenantId, jobId), rereadMs: settings.rereadMs, signal };
        for await (const event of jobEvents(sources)) await send(raw, format(event), signal);
      } catch (error) {
        if (!signal.aborted) request.log.warn({ err: error, jobId }, 'a stream of events broke off');
      } finally {
        clearInterval(heartbeat);
        raw.end();
      }
    },
  });
};
