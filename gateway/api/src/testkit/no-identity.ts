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
    isGood: async () => false,
    create: () => Promise.reject(new Error('there is no place for keys')),
  },
  users: {
    list: none,
    get: nobody,
    findByEmail: nobody,
    create: nobody,
    change: nobody,
    setPasswordByToken: nobody,
    setPassword: async () => undefined,
    issueToken: async () => '',
  },
  sessions: {
    refresh: nobody,
    findUser: nobody,
    revoke: async () => undefined,
    open: () => Promise.reject(new Error('there is no place for sessions')),
  },
  attempts: { count: async () => ({ attempts: 1, secondsLeft: 1 }), clear: async () => undefined },
  signingKeys: { list: none, ensure: async () => undefined },
  tenants: {
    list: none,
    get: nobody,
    create: nobody,
    change: nobody,
    remove: async () => 'not-found',
    isSuspended: async () => false,
  },
  tickets: { issue: () => Promise.reject(new Error('there is no place for tickets')), redeem: nobody },
  audit: { begin: async () => 0, end: async () => undefined, list: none },
};
