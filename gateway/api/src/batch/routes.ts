import {
  type ApiBatchItem,
  batchAnswerSchema,
  type CreateJobRequest,
  createBatchRequestSchema,
  errorAnswerSchema,
} from '@streamflix/contracts';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { answerFrameworkError } from '../http/error-answers.ts';
import { forgetAnswerOf } from '../idempotency/keep-answers.ts';
import { createJob } from '../jobs/create-job.ts';
import { readJob } from '../jobs/read-job.ts';
import type { GatewayPorts } from '../ports.ts';

/** Enough to hide the store's round trips, and few enough to leave connections to others. */
const atOnce = 4;

/** Whether asking again may be answered otherwise though nothing was changed. */
const mayPass = ({ status }: ApiBatchItem): boolean => status === 429 || status >= 500;

async function submitOne(ports: GatewayPorts, request: FastifyRequest, asked: CreateJobRequest): Promise<ApiBatchItem> {
  const { tenantId } = request.caller;
  try {
    const job = await readJob(ports, tenantId, await createJob(ports, request.caller, asked));
    return { status: 202, job, error: null };
  } catch (error) {
    const { status, body } = answerFrameworkError(error);
    if (status >= 500) request.log.error({ err: error }, 'a job of a batch was not made');
    return { status, job: null, error: body.error };
  }
}

/** Jobs one by one: what one is refused for says nothing about the others. */
async function submitAll(ports: GatewayPorts, request: FastifyRequest, jobs: CreateJobRequest[]): Promise<ApiBatchItem[]> {
  const items: ApiBatchItem[] = [];
  const left = jobs.entries();
  const work = async (): Promise<void> => {
    for (const [index, asked] of left) items[index] = await submitOne(ports, request, asked);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return items;
}

export const batchRoutes: FastifyPluginAsyncZod<{ ports: GatewayPorts }> = async (app, { ports }) => {
  app.route({
    method: 'POST',
    url: '/jobs/batch',
    config: { permission: 'jobs:write' },
    bodyLimit: 2 * 1024 * 1024,
    schema: {
      tags: ['jobs'],
      summary: 'Transcode up to 100 objects that lie in the store',
      description:
        'Each is a job of its own, made or refused by itself as POST /jobs would. A batch that is not well formed is refused as a whole. Sending it ' +
        'again makes no job twice: the same object is the same job.',
      body: createBatchRequestSchema,
      response: {
        207: batchAnswerSchema,
        400: errorAnswerSchema,
        409: errorAnswerSchema,
        422: errorAnswerSchema,
        503: errorAnswerSchema,
      },
    },
    handler: async (request, reply) => {
      const items = await submitAll(ports, request, request.body.jobs);
      const refused = items.filter(({ job }) => job === null).length;
      // So that its repetition under the same key makes what is missing.
      if (items.some(mayPass)) forgetAnswerOf(request);
      reply.code(207).header('cache-control', 'no-store');
      return { accepted: items.length - refused, refused, items };
    },
  });
};
