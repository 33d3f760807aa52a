import { intervalMs, type RatePolicy, type RateTurn } from '@streamflix/contracts';
import type { Config } from '../config/index.ts';
import { connectRedis } from '../redis/connect-redis.ts';
import { counter, type Logger } from '../telemetry/index.ts';
import { MemoryRates } from './memory-rates.ts';
import { type Grant, PrepaidTurns } from './prepaid-turns.ts';

export interface Rates {
  /** Takes a turn of a subject. Never throws and never waits for a Redis that is away: this process counts alone then. */
  take(policy: RatePolicy, subject: string): Promise<RateTurn>;
  close(): Promise<void>;
}

/** How long a request waits for Redis, unless told otherwise, and for how long it is left alone after it did not answer. */
const usualAnswerMs = 100;
const leftAloneMs = 2_000;

/** `takeTurn` of contracts for some turns at once, by the clock of Redis, which all gateways share. */
const script = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local interval, window, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local before = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local granted = math.max(0, math.min(wanted, math.floor((window + 0.01 - (before - now)) / interval)))
local after = before + granted * interval
if granted > 0 then
  redis.call('SET', KEYS[1], string.format('%.3f', after), 'PX', math.ceil(after - now))
end
return {granted, string.format('%.3f', after - now)}`;

const taken = counter(
  'streamflix_rate_turns_total',
  'Requests counted against a rate, by policy, outcome and where they were counted.',
);

export function memoryRates(): Rates {
  const memory = new MemoryRates();
  return { take: async (policy, subject) => memory.take(policy, subject), close: async () => undefined };
}

/** Counts in Redis for all gateways together, and in memory while Redis is away. */
export function connectRates(
  { url }: Config['locks'],
  { logger, answerWithinMs = usualAnswerMs }: { logger: Logger; answerWithinMs?: number },
): Rates {
  const redis = connectRedis(url, { logger, answerWithinMs, meanwhile: 'rates are counted by this process alone' });
  const memory = new MemoryRates();
  const prepaid = new PrepaidTurns(grant);
  let leftAloneUntil = 0;

  async function grant(policy: RatePolicy, subject: string, wanted: number): Promise<Grant> {
    const key = `streamflix:rate:${policy.name}:${subject}`;
    const answer = await redis.eval(script, 1, key, intervalMs(policy), policy.windowSeconds * 1000, wanted);
    const [turns, aheadMs] = answer as [number, string];
    return { turns, aheadMs: Number(aheadMs) };
  }

  async function takeShared(policy: RatePolicy, subject: string): Promise<RateTurn | null> {
    if (redis.status !== 'ready' || performance.now() < leftAloneUntil) return null;
    try {
      return await prepaid.take(policy, subject);
    } catch (error) {
      leftAloneUntil = performance.now() + leftAloneMs;
      logger.debug({ reason: String(error) }, 'Redis did not count a request');
      return null;
    }
  }

  return {
    take: async (policy, subject) => {
      const shared = await takeShared(policy, subject);
      const turn = shared ?? memory.take(policy, subject);
      taken.add(1, {
        policy: policy.name,
        outcome: turn.isAllowed ? 'allowed' : 'refused',
        counted: shared === null ? 'alone' : 'together',
      });
      return turn;
    },
    close: async () => redis.disconnect(),
  };
}
