import { errorAnswerSchema, jobSchema, StreamflixError, taskParamsSchema } from '@streamflix/contracts';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { GatewayPorts } from '../ports.ts';
import { accepted } from './accepted.ts';
import { readJob } from './read-job.ts';
import { retryJob } from './retry-job.ts';

const refusals = { 400: errorAnswerSchema, 404: errorAnswerSchema, 409: errorAnswerSchema, 503: errorAnswerSchema };

export const taskRoutes: FastifyPluginAsyncZod<{ ports: GatewayPorts }> = async (app, { ports }) => {
  app.route({
    method: 'POST',
    url: '/jobs/:jobId/tasks/:taskId/retry',
    config: { permission: 'jobs:write' },
    schema: {
      tags: ['jobs'],
      summary: 'Retry a job that failed or was cancelled, and make one of its tasks again',
      description: 'As a retry of the job: what is done stays done, but for this task, and what is not done is made in any case.',
      params: taskParamsSchema,
      response: { 202: jobSchema, ...refusals },
    },
    handler: async (request, reply) => {
      const { jobId, taskId } = request.params;
      const { tasks } = await readJob(ports, request.caller.tenantId, jobId);
      const task = tasks.find(({ id, name }) => id === taskId || name === taskId);
      if (task === undefined) throw new StreamflixError('NOT_FOUND', { message: 'The job has no such task.' });
      const job = await retryJob(ports, request.caller, { jobId, wanted: { tasks: [task.name] } });
      accepted(reply, jobId);
      return job;
    },
  });
};
