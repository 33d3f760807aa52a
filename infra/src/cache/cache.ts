import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import type { Config } from '../config/index.ts';
import { connectRedis } from '../redis/connect-redis.ts';
import { counter, type Logger } from '../telemetry/index.ts';

/** Short texts that all processes share for a while. Whoever asks goes on without it: nothing here ever throws. */
export interface Cache {
  /** 'unavailable' when Redis does not answer: that is not the same as not having it. */
  get(key: string): Promise<{ value: string | null } | 'unavailable'>;
  set(key: string, value: string, keptMs: number): Promise<void>;
  forget(key: string): Promise<void>;
  close(): void;
}

/** How long anybody waits for Redis, unless told otherwise: not longer than it takes to ask the database instead. */
const usualAnswerMs = 50;
/** So many failures in a row, and nobody asks for so long. */
const failuresToRest = 3;
const restMs = 2_000;

const outcomes = counter('streamflix_cache_total', 'Questions to the shared cache, by outcome');

/** Connects in the background. */
export function connectCache(
  { url }: Config['locks'],
  { logger, answerWithinMs = usualAnswerMs }: { logger: Logger; answerWithinMs?: number },
): Cache {
  const redis = connectRedis(url, { logger, answerWithinMs, meanwhile: 'nothing is cached between processes' });
  const circuit = circuitBreaker(handleAll, { breaker: new ConsecutiveBreaker(failuresToRest), halfOpenAfter: restMs });

  async function ask<T>(run: () => Promise<T>): Promise<T | 'unavailable'> {
    if (redis.status !== 'ready') return 'unavailable';
    try {
      return await circuit.execute(run);
    } catch (error) {
      logger.trace({ reason: String(error) }, 'the cache did not answer');
      return 'unavailable';
    }
  }

  return {
    async get(key) {
      const found = await ask(async () => ({ value: await redis.get(`streamflix:${key}`) }));
      outcomes.add(1, { outcome: found === 'unavailable' ? 'unavailable' : found.value === null ? 'miss' : 'hit' });
      return found;
    },
    set: async (key, value, keptMs) => void (await ask(() => redis.set(`streamflix:${key}`, value, 'PX', Math.ceil(keptMs)))),
    forget: async (key) => void (await ask(() => redis.del(`streamflix:${key}`))),
    close: () => redis.disconnect(),
  };
}
