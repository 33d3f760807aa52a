import type { ApiSchemas, StreamflixClient } from '@streamflix/client';
import { told } from './api.ts';

export type NamedProfile = ApiSchemas['NamedProfile'];

export interface ProfileClient {
  /** Throws RefusedError and UnreachableError, as all do. */
  list(): Promise<ApiSchemas['ProfileList']>;
  get(name: string): Promise<NamedProfile>;
  /** The document as it is written: the gateway says what is wrong with it. */
  put(name: string, document: string): Promise<NamedProfile>;
  delete(name: string): Promise<void>;
}

const of = (name: string) => ({ params: { path: { name } } });

export const profileClient = (api: StreamflixClient): ProfileClient => ({
  list: () => told(api.GET('/api/v1/profiles')),
  get: (name) => told(api.GET('/api/v1/profiles/{name}', of(name))),
  put: (name, document) => told(api.PUT('/api/v1/profiles/{name}', { ...of(name), body: {}, bodySerializer: () => document })),
  delete: async (name) => {
    await told(api.DELETE('/api/v1/profiles/{name}', of(name)));
  },
});
