import type { ApiSchemas, paths, StreamflixClient } from '@streamflix/client';
import { told } from './api.ts';

export type DeadLetterFilter = Omit<NonNullable<paths['/api/v1/dead-letters']['get']['parameters']['query']>, 'group'>;
export type ReplayRequest = ApiSchemas['ReplayDeadLettersRequestInput'];
export type Selection = ApiSchemas['ParkDeadLettersRequestInput'];

export interface DeadLetterClient {
  /** Throws RefusedError and UnreachableError, as all do. */
  list(filter: DeadLetterFilter): Promise<ApiSchemas['DeadLetterList']>;
  group(filter: DeadLetterFilter): Promise<ApiSchemas['DeadLetterGroups']>;
  get(letterId: string): Promise<ApiSchemas['DeadLetterDetail']>;
  replay(request: ReplayRequest): Promise<ApiSchemas['ReplayDeadLettersAnswer']>;
  park(selection: Selection): Promise<ApiSchemas['ParkDeadLettersAnswer']>;
}

export function deadLetterClient(api: StreamflixClient): DeadLetterClient {
  const ask = (query: NonNullable<paths['/api/v1/dead-letters']['get']['parameters']['query']>) =>
    told(api.GET('/api/v1/dead-letters', { params: { query } }));
  return {
    // One route answers in two forms, by what it was asked for.
    list: async (filter) => (await ask(filter)) as ApiSchemas['DeadLetterList'],
    group: async (filter) => (await ask({ ...filter, group: 'signature' })) as ApiSchemas['DeadLetterGroups'],
    get: (letterId) => told(api.GET('/api/v1/dead-letters/{letterId}', { params: { path: { letterId } } })),
    replay: (body) => told(api.POST('/api/v1/dead-letters/replay', { body })),
    park: (body) => told(api.POST('/api/v1/dead-letters/park', { body })),
  };
}
