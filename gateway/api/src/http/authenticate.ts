import { createHash, timingSafeEqual } from 'node:crypto';
import { StreamflixError } from '@streamflix/contracts';
import type { onRequestHookHandler } from 'fastify';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Lets a request pass that carries the key in X-API-Key. Digests are compared, so that neither length nor content shows in time. */
export function requireApiKey(apiKey: string): onRequestHookHandler {
  const expected = digest(apiKey);
  return (request, _reply, done) => {
    const given = request.headers['x-api-key'];
    const isRight = typeof given === 'string' && timingSafeEqual(digest(given), expected);
    done(isRight ? undefined : new StreamflixError('UNAUTHENTICATED'));
  };
}
