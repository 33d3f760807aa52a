import {
  type ApiJob,
  changeJobRequestSchema,
  createJobRequestSchema,
  errorAnswerSchema,
  folderSourceRequestSchema,
  jobIdParamsSchema,
  jobListSchema,
  jobSchema,
  listJobsQuerySchema,
  retryJobRequestSchema,
  StreamflixError,
} from '@streamflix/contracts';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { GatewayPorts } from '../ports.ts';
import { createJob } from './create-job.ts';
import { decodeCursor, encodeCursor, isUuid } from './cursor.ts';
import { createFolderJob, createUrlJob } from './fetch-job.ts';
import type { Requester } from './job-store.ts';
import { toJobSummary } from './job-view.ts';
import { readJob } from './read-job.ts';
import { uploadForm } from './upload-form.ts';
import { uploadJob } from './upload-job.ts';

/** Refusals every route of jobs may answer with. */
const refusals = { 400: errorAnswerSchema, 401: errorAnswerSchema, 503: errorAnswerSchema };

/** Also those of making a job. */
const newJobRefusals = { ...refusals, 429: errorAnswerSchema };

const accepted = (reply: FastifyReply, jobId: string): void =>
  void reply.code(202).header('location', `/api/v1/jobs/${jobId}`).header('cache-control', 'no-store');

export const jobRoutes: FastifyPluginAsyncZod<{ ports: GatewayPorts }> = async (app, { ports }) => {
  const { jobs } = ports;

  app.route({
    method: 'POST',
    url: '/jobs',
    config: { permission: 'jobs:write' },
    schema: {
      tags: ['jobs'],
      summary: 'Transcode an object that lies in the store, or what a URL names',
      description:
        'The same object with the same ETag for the same video is the same job, however often it is asked for. What a URL names is fetched first, and each time another job.',
      body: createJobRequestSchema,
      response: { 202: jobSchema, 403: errorAnswerSchema, 404: errorAnswerSchema, 422: errorAnswerSchema, ...newJobRefusals },
    },
    handler: async (request, reply) => {
      const { caller, body } = request;
      const jobId = 'source' in body ? await createUrlJob(ports, caller, body) : await createJob(ports, caller.tenantId, body);
      accepted(reply, jobId);
      return readJob(ports, request.caller.tenantId, jobId);
    },
  });

  app.route({
    method: 'POST',
    url: '/jobs/filesystem',
    config: { permission: 'jobs:write' },
    schema: {
      tags: ['jobs'],
      summary: 'Transcode a file in a folder of the installation',
      description: 'The file is brought into the store first, and each time it is another job.',
      body: folderSourceRequestSchema,
      response: { 202: jobSchema, 403: errorAnswerSchema, 422: errorAnswerSchema, ...newJobRefusals },
    },
    handler: async (request, reply) => {
      const jobId = await createFolderJob(ports, request.caller, request.body);
      accepted(reply, jobId);
      return readJob(ports, request.caller.tenantId, jobId);
    },
  });

  app.route({
    method: 'POST',
    url: '/jobs/upload',
    config: { permission: 'jobs:write', takesLongBodies: true, form: uploadForm },
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
      const answer = isUuid(jobId) ? await jobs.retry(request.caller, jobId, request.body ?? {}) : 'not-found';
      if (answer === 'not-found') throw new StreamflixError('NOT_FOUND', { message: 'There is no such job.' });
      if (answer === 'no-such-rendition' || answer === 'no-such-task') {
        const what = answer === 'no-such-rendition' ? 'rendition' : 'task to be made again';
        throw new StreamflixError('VALIDATION_FAILED', { message: `The job has no ${what} of that name.` });
      }
      const job = await readJob(ports, request.caller.tenantId, jobId);
      if (answer !== 'retrying')
        throw new StreamflixError('CONFLICT', {
          message: answer === 'completed' ? 'The job is completed.' : `The job has not ended: it is ${job.state}.`,
          details: { state: job.state },
        });
      accepted(reply, jobId);
      return job;
    },
  });
};
