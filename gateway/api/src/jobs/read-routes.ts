import {
  errorAnswerSchema,
  jobHistoryQuerySchema,
  jobHistorySchema,
  jobIdParamsSchema,
  jobListSchema,
  jobSchema,
  listJobsQuerySchema,
  maxCountedJobs,
  StreamflixError,
} from '@streamflix/contracts';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isKnown } from '../http/entity-tags.ts';
import type { GatewayPorts } from '../ports.ts';
import { decodeCursor, encodeCursor, isUuid } from './cursor.ts';
import { toHistoryStep, toJobSummary } from './job-view.ts';
import { readStatus } from './read-job.ts';
import { refusals } from './refusals.ts';

/** Path and query of the page that begins at the cursor, with the filters of this one. */
function nextPath(url: string, cursor: string): string {
  const { pathname, searchParams } = new URL(url, 'http://gateway');
  searchParams.delete('offset');
  searchParams.set('cursor', cursor);
  return `${pathname}?${searchParams}`;
}

export const jobReadRoutes: FastifyPluginAsyncZod<{ ports: GatewayPorts }> = async (app, { ports }) => {
  const { jobs } = ports;

  app.route({
    method: 'GET',
    url: '/jobs',
    config: { permission: 'jobs:read' },
    schema: {
      tags: ['jobs'],
      summary: 'List jobs, newest first unless asked otherwise',
      description:
        'Filters are joined by "and". A platform role names the tenant with `tenantId`. Walk by `next` (also in the header `Link`) or `cursor`: what is made ' +
        `meanwhile neither shifts nor repeats the rest. \`total\` counts to ${maxCountedJobs} and no further, and only where it is asked for.`,
      querystring: listJobsQuerySchema,
      response: { 200: jobListSchema, ...refusals },
    },
    handler: async (request, reply) => {
      const { tenantId } = request.caller;
      const { limit, cursor, total: wantsTotal, ...query } = request.query;
      const { sort, order } = query;
      const after = cursor === undefined ? undefined : decodeCursor(cursor, sort, order);
      const [found, counted] = await Promise.all([
        // One more than asked tells whether there is a next page.
        jobs.list(tenantId, { ...query, after, limit: limit + 1 }),
        wantsTotal ? jobs.count(tenantId, query, maxCountedJobs + 1) : null,
      ]);
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const nextCursor = found.length > limit && last !== undefined ? encodeCursor(sort, order, last.place) : null;
      const next = nextCursor === null ? null : nextPath(request.url, nextCursor);
      if (next !== null) reply.header('link', `<${next}>; rel="next"`);
      return {
        items: page.map(({ row }) => toJobSummary(row)),
        nextCursor,
        next,
        total: counted === null ? null : { count: Math.min(counted, maxCountedJobs), isExact: counted <= maxCountedJobs },
      };
    },
  });

  app.route({
    method: ['GET', 'HEAD'],
    url: '/jobs/:jobId',
    config: { permission: 'jobs:read' },
    schema: {
      tags: ['jobs'],
      summary: 'One job, with its tasks, plan and outputs',
      description:
        'At most a second old; what the caller changed through the same gateway is seen at once. `ETag` changes with everything that is told: ask with ' +
        '`If-None-Match` and be answered 304 as long as nothing has happened.',
      params: jobIdParamsSchema,
      response: { 200: jobSchema, 304: z.null(), 404: errorAnswerSchema, ...refusals },
    },
    handler: async (request, answer) => {
      const { etag, body } = await readStatus(ports, request.caller.tenantId, request.params.jobId);
      // Ready to be sent: no serializer of a schema comes in between.
      const reply = answer as unknown as FastifyReply;
      reply
        .header('etag', etag)
        .header('cache-control', 'private, no-cache')
        .header('vary', 'authorization, x-api-key, x-tenant-id');
      if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send();
      reply.type('application/json; charset=utf-8');
      return body as never;
    },
  });

  app.route({
    method: 'GET',
    url: '/jobs/:jobId/history',
    config: { permission: 'jobs:read' },
    schema: {
      tags: ['jobs'],
      summary: 'Every step of a job and its tasks: when, from where to where, who and why',
      params: jobIdParamsSchema,
      querystring: jobHistoryQuerySchema,
      response: { 200: jobHistorySchema, 404: errorAnswerSchema, ...refusals },
    },
    handler: async (request) => {
      const { jobId } = request.params;
      const { limit, cursor } = request.query;
      const page = { limit: limit + 1, after: cursor === undefined ? undefined : Number(cursor) };
      const steps = isUuid(jobId) ? await jobs.history(request.caller.tenantId, jobId, page) : null;
      if (steps === null) throw new StreamflixError('NOT_FOUND', { message: 'There is no such job.' });
      const told = steps.slice(0, limit);
      return { items: told.map(toHistoryStep), nextCursor: steps.length > limit ? String(told.at(-1)?.id) : null };
    },
  });
};
