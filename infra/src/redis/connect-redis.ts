import type { Redis } from 'ioredis';
import type { Logger } from '../telemetry/index.ts';
import { GatheringRedis } from './gathering-redis.ts';

export interface RedisOptions {
  logger: Logger;
  /** How long anybody waits for an answer. */
  answerWithinMs: number;
  /** What is done while Redis is away, for the log. */
  meanwhile: string;
}

/** Connects in the background, and again whenever the connection is lost. While there is none a command fails at once. */
export function connectRedis(url: string, { logger, answerWithinMs, meanwhile }: RedisOptions): Redis {
  const redis = new GatheringRedis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: answerWithinMs,
    connectTimeout: 2_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  });
  let isAway = false;
  redis.on('error', (error) => {
    // Its message alone: the error carries the command, and the first command is the password.
    if (!isAway) logger.warn({ reason: error.message }, `Redis is away; ${meanwhile}`);
    isAway = true;
  });
  redis.on('ready', () => {
    if (isAway) logger.info('Redis is back');
    isAway = false;
  });
  return redis;
}
