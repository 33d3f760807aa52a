import type { ApiSchemas, paths, StreamflixClient } from '@streamflix/client';
import { told } from './api.ts';

export type EstimateRequest = ApiSchemas['EstimateRequestInput'];
export type StatsQuery = NonNullable<paths['/api/v1/stats']['get']['parameters']['query']>;
export type UsageQuery = NonNullable<paths['/api/v1/usage']['get']['parameters']['query']>;

export interface InsightClient {
  /** Throws RefusedError and UnreachableError, as all do. */
  estimate(request: EstimateRequest): Promise<ApiSchemas['Estimate']>;
  stats(query: StatsQuery): Promise<ApiSchemas['Stats']>;
  usage(query: UsageQuery): Promise<ApiSchemas['Usage']>;
}

export const insightClient = (api: StreamflixClient): InsightClient => ({
  estimate: (body) => told(api.POST('/api/v1/jobs/estimate', { body })),
  stats: (query) => told(api.GET('/api/v1/stats', { params: { query } })),
  usage: (query) => told(api.GET('/api/v1/usage', { params: { query } })),
});
