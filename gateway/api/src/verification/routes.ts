import { Readable } from 'node:stream';
import {
  errorAnswerSchema,
  parseDurationMs,
  StreamflixError,
  toStreamflixError,
  type VerificationLine,
  verificationLineSchema,
  verificationQuerySchema,
} from '@streamflix/contracts';
import type { FastifyBaseLogger, FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { GatewayPorts } from '../ports.ts';

/** What ended a run that has begun to answer goes into the answer: its status is long sent. */
async function* toText(
  first: VerificationLine,
  rest: AsyncGenerator<VerificationLine>,
  log: FastifyBaseLogger,
): AsyncGenerator<string> {
  const write = (line: VerificationLine): string => `${JSON.stringify(line)}\n`;
  yield write(first);
  try {
    for await (const line of rest) yield write(line);
  } catch (thrown) {
    const { code, message } = toStreamflixError(thrown);
    log.warn({ err: thrown }, 'a verification broke off');
    yield write({ type: 'error', code, message });
  }
}

const sendLines = (reply: FastifyReply, lines: AsyncGenerator<string>): FastifyReply =>
  reply
    .type('application/x-ndjson')
    .header('cache-control', 'no-store')
    // Proxies that buffer would hold the lines back until the last.
    .header('x-accel-buffering', 'no')
    .send(Readable.from(lines));

export const verificationRoutes: FastifyPluginAsyncZod<{ ports: GatewayPorts }> = async (app, { ports }) => {
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort(new StreamflixError('SHUTTING_DOWN')));
  let isRunning = false;

  app.route({
    method: 'GET',
    url: '/verification',
    config: { permission: 'verification:read' },
    schema: {
      tags: ['health'],
      summary: 'Compare database, topics and store (newline-delimited JSON)',
      description:
        'For operators: it looks at the jobs of every tenant. One JSON document a line: `finding` and `progress` as they come, at last ' +
        '`summary`, or `error` when a server went away meanwhile. One verification runs at a time.',
      querystring: verificationQuerySchema,
      produces: ['application/x-ndjson'],
      response: {
        200: verificationLineSchema,
        400: errorAnswerSchema,
        401: errorAnswerSchema,
        404: errorAnswerSchema,
        429: errorAnswerSchema,
        503: errorAnswerSchema,
      },
    },
    handler: async (request, reply) => {
      if (isRunning) {
        reply.header('retry-after', '30');
        throw new StreamflixError('RATE_LIMITED', { message: 'Another verification runs.' });
      }
      const { since, jobId } = request.query;
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort(new Error('the reader is gone')));
      const signal = AbortSignal.any([gone.signal, closing.signal]);
      isRunning = true;
      reply.raw.once('close', () => {
        isRunning = false;
      });
      const lines = ports.verify({ sinceMs: parseDurationMs(since) ?? 0, jobId }, signal);
      // Before the answer begins: an unknown job or a server that is away is told by the status.
      const first = await lines.next();
      if (first.done === true) throw new StreamflixError('INTERNAL_ERROR', { message: 'a verification without a summary' });
      return sendLines(reply, toText(first.value, lines, request.log));
    },
  });
};
