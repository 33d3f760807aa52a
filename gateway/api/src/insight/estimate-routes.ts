import {
  type EstimateRequest,
  errorAnswerSchema,
  estimatePlan,
  estimateRequestSchema,
  estimateSchema,
  mayReadSource,
  planJob,
  type SourceInfo,
  StreamflixError,
  toSourceInfo,
} from '@streamflix/contracts';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { GatewayPorts } from '../ports.ts';

type Ports = Pick<GatewayPorts, 'insight' | 'profiles' | 'settings'>;

async function sourceOf({ insight, settings }: Ports, tenantId: string, request: EstimateRequest): Promise<SourceInfo> {
  const { source, sourceKey: key = '', sourceBucket: bucket = settings.ownBucket } = request;
  if (source !== undefined) return toSourceInfo(source);
  if (!settings.sourceBuckets.includes(bucket) || !mayReadSource(tenantId, key)) throw new StreamflixError('SOURCE_FORBIDDEN');
  const probed = await insight.probedSource(tenantId, { bucket, key });
  if (probed !== null) return probed;
  const message = 'The object was not probed for an earlier job; describe it as source.';
  throw new StreamflixError('SOURCE_NOT_FOUND', { message, details: { sourceBucket: bucket, sourceKey: key } });
}

export const estimateRoutes: FastifyPluginAsyncZod<{ ports: Ports }> = async (app, { ports }) => {
  app.route({
    method: 'POST',
    url: '/jobs/estimate',
    config: { permission: 'jobs:read', codes: ['SOURCE_NOT_FOUND', 'SOURCE_FORBIDDEN', 'PROFILE_UNKNOWN'] },
    schema: {
      tags: ['jobs'],
      summary: 'What a job would be made of, cost and take, without making it',
      description:
        'Of a source that is described, or of an object that was probed for an earlier job. Rough: within a factor of two or so.',
      body: estimateRequestSchema,
      response: {
        200: estimateSchema,
        ...{
          400: errorAnswerSchema,
          403: errorAnswerSchema,
          404: errorAnswerSchema,
          422: errorAnswerSchema,
          503: errorAnswerSchema,
        },
      },
    },
    handler: async (request) => {
      const { tenantId } = request.caller;
      const { profile = null, priority } = request.body;
      const named = await ports.profiles.find(tenantId, profile);
      if (named === null) throw new StreamflixError('PROFILE_UNKNOWN', { details: { profile } });
      const source = await sourceOf(ports, tenantId, request.body);
      return estimatePlan(planJob(source, named), await ports.insight.load(tenantId, priority));
    },
  });
};
