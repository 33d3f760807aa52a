import {
  type ApiJob,
  changeJobRequestSchema,
  createJobRequestSchema,
  deleteJobQuerySchema,
  errorAnswerSchema,
  folderSourceRequestSchema,
  jobIdParamsSchema,
  jobSchema,
  retryJobRequestSchema,
  StreamflixError,
} from '@streamflix/contracts';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { wantedVersion } from '../http/entity-tags.ts';
import { earlierAnswerOf } from '../idempotency/keep-answers.ts';
import type { GatewayPorts } from '../ports.ts';
import { accepted } from './accepted.ts';
import { answerNewJob } from './answer-new-job.ts';
import { createJob } from './create-job.ts';
import { isUuid } from './cursor.ts';
import { createFolderJob } from './fetch-job.ts';
import type { Requester } from './job-store.ts';
import { readJob } from './read-job.ts';
import { jobReadRoutes } from './read-routes.ts';
import { refusals } from './refusals.ts';
import { notEnded, refuseUnseen } from './refuse-decision.ts';
import { retryJob } from './retry-job.ts';
import { uploadForm } from './upload-form.ts';
import { fingerprintForm, uploadJob } from './upload-job.ts';

/** Also those of making a job. */
const newJobRefusals = { ...refusals, 429: errorAnswerSchema };

/** Refusals of changing a job. */
const changeRefusals = { ...refusals, 404: errorAnswerSchema, 409: errorAnswerSchema, 412: errorAnswerSchema };
const uploadCodes = ['CONFLICT', 'PROFILE_UNKNOWN', 'QUOTA_EXCEEDED', 'QUEUE_FULL', 'STORE_UNAVAILABLE'] as const;
const folderCodes = ['SOURCE_FORBIDDEN', ...uploadCodes] as const;
const newJobCodes = ['SOURCE_NOT_FOUND', 'SOURCE_URL_FORBIDDEN', ...folderCodes] as const;

export const jobRoutes: FastifyPluginAsyncZod<{ ports: GatewayPorts }> = async (app, { ports }) => {
  const { jobs } = ports;
  await app.register(jobReadRoutes, { ports });

  app.route({
    method: 'POST',
    url: '/jobs',
    config: { permission: 'jobs:write', codes: newJobCodes },
    schema: {
      tags: ['jobs'],
      summary: 'Transcode an object that lies in the store, or what a URL names',
      description:
        'The same object with the same ETag for the same video is the same job, however often it is asked for. What a URL names is fetched first, and each time another job.',
      body: createJobRequestSchema,
      response: { 202: jobSchema, 403: errorAnswerSchema, 404: errorAnswerSchema, 422: errorAnswerSchema, ...newJobRefusals },
    },
    handler: async (request, reply) => {
      return answerNewJob(ports, request, reply, (also) => createJob(ports, request.caller, request.body, also));
    },
  });

  app.route({
    method: 'POST',
    url: '/jobs/filesystem',
    config: { permission: 'jobs:write', codes: folderCodes },
    schema: {
      tags: ['jobs'],
      summary: 'Transcode a file in a folder of the installation',
      description: 'The file is brought into the store first, and each time it is another job.',
      body: folderSourceRequestSchema,
      response: { 202: jobSchema, 403: errorAnswerSchema, 422: errorAnswerSchema, ...newJobRefusals },
    },
    handler: async (request, reply) => {
      return answerNewJob(ports, request, reply, (also) => createFolderJob(ports, request.caller, request.body, also));
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
      const earlier = earlierAnswerOf(request, ports.settings.auth);
      if (earlier !== null) return earlier(await fingerprintForm(ports, request), reply);
      return answerNewJob(ports, request, reply, (also) => uploadJob(ports, request, also));
    },
  });

  /** The job after something was decided about it; NOT_FOUND, or CONFLICT where it has ended otherwise. */
  async function readDecided({ tenantId }: Requester, jobId: string, decision: string): Promise<ApiJob> {
    refuseUnseen(decision);
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
      description:
        'What of it has not begun is claimed in the new class. A job that has ended is a CONFLICT. `If-Match` with an ETag: only if nothing was decided since.',
      params: jobIdParamsSchema,
      body: changeJobRequestSchema,
      response: { 200: jobSchema, ...changeRefusals },
    },
    handler: async (request) => {
      const { jobId } = request.params;
      const { priority } = request.body;
      const expected = wantedVersion(request.headers['if-match']);
      return readDecided(
        request.caller,
        jobId,
        isUuid(jobId) ? await jobs.reprioritise(request.caller, jobId, priority, expected) : 'not-found',
      );
    },
  });

  /** Deletes the job with its files, after it was cancelled where that is wished and it has not ended. */
  async function purge(by: Requester, jobId: string, cancelsFirst: boolean, expected: string | undefined): Promise<void> {
    const cancelled = cancelsFirst ? await jobs.cancel(by, jobId, expected) : null;
    if (cancelled !== null) refuseUnseen(cancelled);
    const answer = await jobs.delete(by, jobId, cancelsFirst ? undefined : expected);
    refuseUnseen(answer);
    if (answer === 'not-ended') throw notEnded(await readJob(ports, by.tenantId, jobId));
  }

  app.route({
    method: 'DELETE',
    url: '/jobs/:jobId',
    config: {
      permission: 'jobs:write',
      auditAs: ({ query }) => ((query as { purge?: unknown }).purge === true ? 'DELETE /api/v1/jobs/:jobId?purge=true' : null),
    },
    schema: {
      tags: ['jobs'],
      summary: 'Cancel a job; with `purge`, delete it with its files',
      description:
        'Cancelling a cancelled job again is no fault; one that ended otherwise is a CONFLICT. With `purge=true` an ended job is deleted: it is gone at once for ' +
        'whoever asks, and its package, its work and its upload follow within minutes. One that has not ended is a CONFLICT unless `cancel=true` says to cancel it ' +
        'first. A source that was put into the store by its owner stays. The same source for the same video is not transcoded again.',
      params: jobIdParamsSchema,
      querystring: deleteJobQuerySchema,
      response: { 202: jobSchema, 204: z.null(), ...changeRefusals },
    },
    handler: async (request, reply) => {
      const { jobId } = request.params;
      const { caller, query } = request;
      const expected = wantedVersion(request.headers['if-match']);
      if (query.purge) {
        if (!isUuid(jobId)) refuseUnseen('not-found');
        await purge(caller, jobId, query.cancel, expected);
        return (reply as unknown as FastifyReply).code(204).send();
      }
      const job = await readDecided(caller, jobId, isUuid(jobId) ? await jobs.cancel(caller, jobId, expected) : 'not-found');
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
      description:
        'What is done stays done, as long as its files are kept. The attempt ends in an outcome event of its own. The answer is the job as it is by ' +
        'then: `retrying`, or in the state after it where a worker has taken it up already.',
      params: jobIdParamsSchema,
      body: retryJobRequestSchema,
      response: { 202: jobSchema, ...changeRefusals },
    },
    handler: async (request, reply) => {
      const { jobId } = request.params;
      const expected = wantedVersion(request.headers['if-match']);
      const job = await retryJob(ports, request.caller, { jobId, wanted: request.body ?? {}, expected });
      accepted(reply, jobId);
      return job;
    },
  });
};
