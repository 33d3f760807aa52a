import type { Identity } from '@streamflix/infra/identity';

const nobody = async () => null;
const none = async () => [];

/** Knows nobody but the key of the environment, for tests of everything else. */
export const noIdentity: Identity = {
  keys: {
    find: nobody,
    get: nobody,
    list: none,
    rotate: nobody,
    revoke: nobody,
    touch: async () => undefined,
    create: () => Promise.reject(new Error('there is no place for keys')),
  },
  tenants: {
    list: none,
    get: nobody,
    create: nobody,
    change: nobody,
    remove: async () => 'not-found',
    isSuspended: async () => false,
  },
  audit: { begin: async () => 0, end: async () => undefined, list: none },
};
