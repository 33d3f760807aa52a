/** redlock 5.0.0-beta.2 ships types that its `exports` do not name. */
declare module 'redlock' {
  import type { Redis } from 'ioredis';

  export class ExecutionError extends Error {
    readonly attempts: readonly Promise<{ votesAgainst: Map<Redis, Error> }>[];
  }
  export class ResourceLockedError extends Error {}
  export interface RedlockLock {
    /** Milliseconds since the epoch. */
    readonly expiration: number;
    extend(durationMs: number): Promise<RedlockLock>;
    release(): Promise<unknown>;
  }
  // biome-ignore lint/style/noDefaultExport: the library's own form
  export default class Redlock {
    constructor(
      clients: Iterable<Redis>,
      settings?: { retryCount?: number; retryDelay?: number; retryJitter?: number; driftFactor?: number },
    );
    acquire(resources: string[], durationMs: number): Promise<RedlockLock>;
    on(event: 'error', listener: (error: Error) => void): this;
  }
}
