import { type ApiProfile, type ApiProfileList, namedProfileSchema, profileListSchema } from '@streamflix/contracts';
import type { ReadJson } from './gateway-client.ts';

export interface ProfileClient {
  /** Throws RefusedError and UnreachableError, as all do. */
  list(): Promise<ApiProfileList>;
  get(name: string): Promise<ApiProfile>;
  /** The document as it is written: the gateway says what is wrong with it. */
  put(name: string, document: string): Promise<ApiProfile>;
  delete(name: string): Promise<void>;
}

/** The form of an empty answer. */
const nothing = { parse: () => null };
const pathOf = (name: string): string => `/profiles/${encodeURIComponent(name)}`;

export const profileClient = (readJson: ReadJson): ProfileClient => ({
  list: () => readJson(profileListSchema, '/profiles'),
  get: (name) => readJson(namedProfileSchema, pathOf(name)),
  put: (name, document) =>
    readJson(namedProfileSchema, pathOf(name), {
      method: 'PUT',
      body: document,
      headers: { 'content-type': 'application/json' },
    }),
  delete: async (name) => {
    await readJson(nothing, pathOf(name), { method: 'DELETE' });
  },
});
