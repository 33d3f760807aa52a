import { type RatePolicy, type RateTurn, StreamflixError } from '@streamflix/contracts';
import type { Rates } from '@streamflix/infra/rates';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import { callerOf } from '../identity/guard.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Counted more strictly by address, because secrets can be guessed here; or not at all, because a cache may ask in front of many. */
    rate?: 'guessable' | 'none';
  }
}

/** Requests a minute. */
export interface RateSettings {
  perAddress: number;
  /** Of routes where secrets can be guessed, by address. */
  guesses: number;
  /** For callers without a limit of their own. */
  perCaller: number;
}

const windowSeconds = 60;
const policyOf = (name: string, limit: number): RatePolicy => ({ name, limit, windowSeconds });

/** Whoever has an IPv6 address has 2^64 of them. */
export function subjectOfAddress(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4' ? parsed.toString() : `${parsed.toByteArray().slice(0, 8).join('.')}/64`;
}

/** The headers of draft-ietf-httpapi-ratelimit-headers, and those of its early versions, which more clients know. */
function tell(reply: FastifyReply, { name, limit }: RatePolicy, { remaining, resetSeconds }: RateTurn): void {
  reply
    .header('ratelimit-policy', `"${name}";q=${limit};w=${windowSeconds}`)
    .header('ratelimit', `"${name}";r=${remaining};t=${resetSeconds}`)
    .header('ratelimit-limit', limit)
    .header('ratelimit-remaining', remaining)
    .header('ratelimit-reset', resetSeconds);
}

async function take(rates: Rates, policy: RatePolicy, subject: string, reply: FastifyReply): Promise<void> {
  const turn = await rates.take(policy, subject);
  tell(reply, policy, turn);
  if (turn.isAllowed) return;
  const { retryAfterSeconds } = turn;
  throw new StreamflixError('RATE_LIMITED', {
    details: { policy: policy.name, limit: policy.limit, windowSeconds, retryAfterSeconds },
  });
}

const isCounted = ({ routeOptions }: FastifyRequest): boolean => routeOptions.config.rate !== 'none';

/** Before anybody says who they are: what an address may ask at all, and how often it may guess. */
export function limitAddresses(app: FastifyInstance, rates: Rates, { perAddress, guesses }: RateSettings): void {
  const [all, guessing] = [policyOf('address', perAddress), policyOf('guesses', guesses)];
  app.addHook('onRequest', async (request, reply) => {
    if (!isCounted(request)) return;
    const subject = subjectOfAddress(request.ip);
    await take(rates, all, subject, reply);
    if (request.routeOptions.config.rate === 'guessable') await take(rates, guessing, subject, reply);
  });
}

/** What a caller may ask: a key what was given it, everybody else what is configured for all. */
export function limitCallers(app: FastifyInstance, rates: Rates, { perCaller }: RateSettings): void {
  app.addHook('onRequest', async (request, reply) => {
    const caller = callerOf(request);
    if (caller === null || !isCounted(request)) return;
    const policy = policyOf(caller.kind, caller.requestsPerMinute ?? perCaller);
    await take(rates, policy, caller.id, reply);
  });
}
