/// <reference path="./redlock.d.ts" />
import { StreamflixError } from '@streamflix/contracts';
import Redlock, { ExecutionError, type RedlockLock, ResourceLockedError } from 'redlock';
import type { Config } from '../config/index.ts';
import { connectRedis } from '../redis/connect-redis.ts';
import { counter, type Logger } from '../telemetry/index.ts';
import { ExtendedLock } from './extended-lock.ts';

export interface Lock {
  release(): Promise<void>;
}

export interface Locks {
  /**
   * 'held': somebody else has it. 'unavailable': Redis does not answer. In both cases the caller may go on: a lock saves double
   * work, the database decides. A lock is extended until it is released or the signal aborts. Never throws.
   */
  acquire(resource: string, options: { ttlMs: number; signal?: AbortSignal }): Promise<Lock | 'held' | 'unavailable'>;
  /** Throws LOCKS_UNAVAILABLE when Redis does not answer. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** How long anybody waits for Redis, unless told otherwise. */
const usualAnswerMs = 300;

const outcomes = counter('streamflix_locks_total', 'Attempts to take or keep a lock, by outcome');

/** Whether the quorum failed because the resource is locked, and not because Redis is away. */
async function isHeld(error: unknown): Promise<boolean> {
  if (error instanceof ResourceLockedError) return true;
  if (!(error instanceof ExecutionError)) return false;
  const attempts = await Promise.all(error.attempts);
  return attempts.some(({ votesAgainst }) => [...votesAgainst.values()].some((vote) => vote instanceof ResourceLockedError));
}

/** Connects in the background; never throws or blocks because Redis is away. */
export function connectLocks(
  { url }: Config['locks'],
  { logger, answerWithinMs = usualAnswerMs }: { logger: Logger; answerWithinMs?: number },
): Locks {
  const redis = connectRedis(url, { logger, answerWithinMs, meanwhile: 'work goes on without locks' });
  const redlock = new Redlock([redis], { retryCount: 0 });
  redlock.on('error', (error) => logger.trace({ reason: error.message }, 'a vote against a lock'));

  async function tryAcquire(resource: string, ttlMs: number): Promise<RedlockLock | 'held' | 'unavailable'> {
    try {
      return await redlock.acquire([`streamflix:${resource}`], ttlMs);
    } catch (error) {
      return (await isHeld(error)) ? 'held' : 'unavailable';
    }
  }

  /** A refusal takes the library several commands; the caller waits for the time of one. */
  async function acquireInTime(resource: string, ttlMs: number): Promise<RedlockLock | 'held' | 'unavailable'> {
    if (redis.status !== 'ready') return 'unavailable';
    const trying = tryAcquire(resource, ttlMs);
    const late = Symbol('late');
    const timer = Promise.withResolvers<typeof late>();
    const timeout = setTimeout(() => timer.resolve(late), answerWithinMs);
    const result = await Promise.race([trying, timer.promise]);
    clearTimeout(timeout);
    if (result !== late) return result;
    void trying.then((tooLate) => (typeof tooLate === 'string' ? undefined : tooLate.release().catch(() => undefined)));
    return 'unavailable';
  }

  return {
    acquire: async (resource, { ttlMs, signal }) => {
      const wholeTtlMs = Math.round(ttlMs);
      const result = await acquireInTime(resource, wholeTtlMs);
      outcomes.add(1, { outcome: typeof result === 'string' ? result : 'acquired' });
      if (typeof result === 'string') return result;
      const onLost = (error: unknown): void => {
        outcomes.add(1, { outcome: 'lost' });
        logger.info({ reason: String(error), resource }, 'a lock could not be extended; the work goes on by its claim');
      };
      return new ExtendedLock(result, { ttlMs: wholeTtlMs, signal, isHeld, onLost, logger });
    },
    check: async () => {
      try {
        if (redis.status !== 'ready') throw new Error(`the connection is ${redis.status}`);
        await redis.ping();
      } catch (error) {
        throw new StreamflixError('LOCKS_UNAVAILABLE', { cause: error });
      }
    },
    close: async () => redis.disconnect(),
  };
}
