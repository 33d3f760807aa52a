import {
  type ApiJob,
  changeJobRequestSchema,
  createJobRequestSchema,
  errorAnswerSchema,
  jobIdParamsSchema,
  jobListSchema,
  jobSchema,
  keyOf,
  listJobsQuerySchema,
  retryJobRequestSchema,
  StreamflixError,
} from '@streamflix/contracts';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { GatewayPorts } from '../ports.ts';
import { accepted } from './accepted.ts';
import { createJob } from './create-job.ts';
import { decodeCursor, encodeCursor, isUuid } from './cursor.ts';
import type { Requester } from './job-store.ts';
import { toJobSummary } from './job-view.ts';
import { readJob } from './read-job.ts';
import { retryJob } from './retry-job.ts';
import { uploadForm } from './upload-form.ts';
import { uploadJob } from './upload-job.ts';

/** Refusals every route of jobs may answer with. */
const refusals = { 400: errorAnswerSchema, 401: errorAnswerSchema, 503: errorAnswerSchema };

/** Also those of making a job. */
const newJobRefusals = { ...refusals, 429: errorAnswerSchema };

const uploadCodes = ['PROFILE_UNKNOWN', 'QUOTA_EXCEEDED', 'QUEUE_FULL', 'STORE_UNAVAILABLE'] as const;
const newJobCodes = ['SOURCE_NOT_FOUND', 'SOURCE_FORBIDDEN', ...uploadCodes] as const;

export const jobRoutes: FastifyPluginAsyncZod<{ ports: GatewayPorts }> = async (app, { ports }) => {
  const { jobs } = ports;

  app.route({
    method: 'POST',
    url: '/jobs',
    config: { permission: 'jobs:write', codes: newJobCodes },
    schema: {
      tags: ['jobs'],
      summary: 'Transcode an object that lies in the store',
      description: 'The same object with the same ETag for the same video is the same job, however often it is asked for.',
      body: createJobRequestSchema,
      response: { 202: jobSchema, 403: errorAnswerSchema, 404: errorAnswerSchema, ...newJobRefusals },
    },
    handler: async (request, reply) => {
      const { tenantId } = request.caller;
      const jobId = await createJob(ports, tenantId, request.body, keyOf(request.caller));
      accepted(reply, jobId);
      return readJob(ports, request.caller.tenantId, jobId);
    },
  });

  app.route({
    method: 'POST',
    url: '/jobs/upload',
    config: { permission: 'jobs:write', codes: uploadCodes, takesLongBodies: true, form: uploadForm },
    schema: {
      tags: ['jobs'],
      summary: 'Upload a video and transcode it',
      consumes: ['multipart/form-data'],
      response: { 202: jobSchema, 413: errorAnswerSchema, 415: errorAnswerSchema, ...newJobRefusals },
    },
    handler: async (request, reply) => {
      const jobId = await uploadJob(ports, request);
      accepted(reply, jobId);
      return readJob(ports, request.caller.tenantId, jobId);
    },
  });

  app.route({
    method: 'GET',
    url: '/jobs',
    config: { permission: 'jobs:read' },
    schema: {
      tags: ['jobs'],
      summary: 'List jobs, newest first',
      querystring: listJobsQuerySchema,
      response: { 200: jobListSchema, ...refusals },
    },
    handler: async (request) => {
      const { state, videoId, limit, cursor } = request.query;
      const rows = await jobs.list(request.caller.tenantId, {
        // One more than asked tells whether there is a next page.
        limit: limit + 1,
        ...(state === undefined ? {} : { state }),
        ...(videoId === undefined ? {} : { videoId }),
        ...(cursor === undefined ? {} : { before: decodeCursor(cursor) }),
      });
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return { items: page.map(toJobSummary), nextCursor: rows.length > limit && last !== undefined ? encodeCursor(last) : null };
    },
  });

  app.route({
    method: 'GET',
    url: '/jobs/:jobId',
    config: { permission: 'jobs:read' },
    schema: {
      tags: ['jobs'],
      summary: 'One job, with its tasks, plan and outputs',
      params: jobIdParamsSchema,
      response: { 200: jobSchema, 404: errorAnswerSchema, ...refusals },
    },
    handler: (request) => readJob(ports, request.caller.tenantId, request.params.jobId),
  });

  /** The job after something was decided about it; NOT_FOUND, or CONFLICT where it has ended otherwise. */
  async function readDecided({ tenantId }: Requester, jobId: string, decision: string): Promise<ApiJob> {
    if (decision === 'not-found') throw new StreamflixError('NOT_FOUND', { message: 'There is no such job.' });
    const job = await readJob(ports, tenantId, jobId);
    if (decision !== 'already-ended') return job;
    throw new StreamflixError('CONFLICT', { message: `The job is ${job.state} already.`, details: { state: job.state } });
  }

  app.route({
    method: 'PATCH',
    url: '/jobs/:jobId',
    config: { permission: 'jobs:write' },
    schema: {
      tags: ['jobs'],
      summary: 'Give a job another priority',
      description: 'What of it has not begun is claimed in the new class. A job that has ended is a CONFLICT.',
      params: jobIdParamsSchema,
      body: changeJobRequestSchema,
      response: { 200: jobSchema, 404: errorAnswerSchema, 409: errorAnswerSchema, ...refusals },
    },
    handler: async (request) => {
      const { jobId } = request.params;
      const { priority } = request.body;
      return readDecided(
        request.caller,
        jobId,
        isUuid(jobId) ? await jobs.reprioritise(request.caller, jobId, priority) : 'not-found',
      );
    },
  });

  app.route({
    method: 'DELETE',
    url: '/jobs/:jobId',
    config: { permission: 'jobs:write' },
    schema: {
      tags: ['jobs'],
      summary: 'Cancel a job',
      description: 'Cancelling a cancelled job again is no fault; one that ended otherwise is a CONFLICT.',
      params: jobIdParamsSchema,
      response: { 202: jobSchema, 404: errorAnswerSchema, 409: errorAnswerSchema, ...refusals },
    },
    handler: async (request, reply) => {
      const { jobId } = request.params;
      const job = await readDecided(
        request.caller,
        jobId,
        isUuid(jobId) ? await jobs.cancel(request.caller, jobId) : 'not-found',
      );
      accepted(reply, jobId);
      return job;
    },
  });

  app.route({
    method: 'POST',
    url: '/jobs/:jobId/retry',
    config: { permission: 'jobs:write' },
    schema: {
      tags: ['jobs'],
      summary: 'Retry a job that failed or was cancelled',
      description: 'What is done stays done, as long as its files are kept. The attempt ends in an outcome event of its own.',
      params: jobIdParamsSchema,
      body: retryJobRequestSchema,
      response: { 202: jobSchema, 404: errorAnswerSchema, 409: errorAnswerSchema, ...refusals },
    },
    handler: async (request, reply) => {
      const { jobId } = request.params;
      const job = await retryJob(ports, request.caller, jobId, request.body ?? {});
      accepted(reply, jobId);
      return job;
    },
  });
};
