import { counter, histogram, withSpan } from '@streamflix/infra/telemetry';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const requests = counter('streamflix_gateway_requests_total', 'Requests answered, by route and status.');
const durations = histogram(
  'streamflix_gateway_request_duration_seconds',
  'From the request line to the last byte of the answer.',
  's',
);

/** Whoever asks about an answer can name it: the id is in the logs and in the audit log. */
export function nameRequests(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id));
}

const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? 'none';

/** Counts every answer, and logs it without headers, query or body: they may carry secrets. */
export function countRequests(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const attributes = { method: request.method, route: routeOf(request), status: reply.statusCode };
    requests.add(1, attributes);
    durations.record(reply.elapsedTime / 1000, attributes);
    request.log.debug({ ...attributes, elapsedMs: Math.round(reply.elapsedTime) }, 'answered');
  });
}

const untilAnswered = (reply: FastifyReply): Promise<void> =>
  new Promise((resolve, reject) => {
    reply.raw.once('close', () => (reply.statusCode >= 500 ? reject(new Error(`answered ${reply.statusCode}`)) : resolve()));
  });

/**
 * Runs what follows in a span that goes on from the caller's, so that the trace of a video begins where it was submitted. It must
 * be the last hook before the handler: reading a body loses the context of hooks before it.
 */
export function traceRequests(app: FastifyInstance): void {
  app.addHook('preHandler', (request, reply, done) => {
    const traceparent = request.headers.traceparent;
    withSpan(
      `${request.method} ${routeOf(request)}`,
      { kind: 'server', parent: typeof traceparent === 'string' ? traceparent : null },
      () => {
        const answered = untilAnswered(reply);
        done();
        return answered;
      },
    ).catch((error: unknown) => request.log.debug({ err: error }, 'the request ended in an error'));
  });
}
