import { setTimeout as delay } from 'node:timers/promises';
import { type Caller, StreamflixError } from '@streamflix/contracts';
import type { KeptAnswer, KeyScope, Opening } from '@streamflix/infra/idempotency';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../identity/guard.ts';
import { fingerprintOf } from './fingerprint.ts';
import { assertSame, type Keeper, OpenRequest, replay } from './kept-request.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Doing it again is right: the answer is good for a moment only. */
    isRepeatable?: boolean;
    /** Its answer holds a secret, and is kept only where it can be sealed. */
    answersSecret?: boolean;
  }
}

/** How long a repetition waits for the first answer, and how often it looks: ever more seldom. */
const patience = { waitMs: 10_000, lookMs: 100, maxLookMs: 1_000 };

/** What of an answer is said again. */
const keptHeaders = ['content-type', 'location', 'cache-control', 'retry-after'] as const;

/** Refusals of the moment: a repetition may well be answered otherwise. */
const passing = new Set([401, 403, 408, 425, 429]);

const openRequests = new WeakMap<FastifyRequest, OpenRequest>();
const unkept = new WeakSet<FastifyRequest>();
const earlierAnswers = new WeakMap<FastifyRequest, Extract<Opening, { kind: 'answered' }>>();

/** The request whose key is open; null where there is no key. */
export const openRequestOf = (request: FastifyRequest): OpenRequest | null => openRequests.get(request) ?? null;

/** The answer to this one is not to be kept: its repetition is to begin anew. */
export const forgetAnswerOf = (request: FastifyRequest): void => void unkept.add(request);

const answersForm = (request: FastifyRequest): boolean => request.routeOptions.config.form !== undefined;

/** For a form that was answered before: to be called with what it asks for, which is known only when it has been read. */
export function earlierAnswerOf(
  request: FastifyRequest,
  keeper: Pick<Keeper, 'secret'>,
): ((fingerprint: string, reply: FastifyReply) => FastifyReply) | null {
  const earlier = earlierAnswers.get(request);
  if (earlier === undefined) return null;
  return (fingerprint, reply) => {
    assertSame(earlier.fingerprint, fingerprint);
    return replay(keeper, earlier.answer, reply);
  };
}

function keyOf(request: FastifyRequest): string | null {
  const { 'idempotency-key': key } = request.headers;
  if (key === undefined) return null;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new StreamflixError('VALIDATION_FAILED', { message: 'Idempotency-Key: must be 1 to 255 visible ASCII characters' });
}

const scopeOf = ({ method, url }: FastifyRequest, { tenantId, kind, id }: Caller, key: string): KeyScope => ({
  ...{ tenantId, caller: `${kind}:${id}`, key },
  route: `${method} ${url.split('?', 1)[0]}`,
});

/** Requests that run in this process: who waits for one of them need not ask the database. */
class Running {
  readonly #ends = new Map<string, PromiseWithResolvers<void>>();

  begin(scope: KeyScope): () => void {
    const name = JSON.stringify(scope);
    const end = Promise.withResolvers<void>();
    this.#ends.set(name, end);
    return () => {
      this.#ends.delete(name);
      end.resolve();
    };
  }

  async waitFor(scope: KeyScope, timeoutMs: number): Promise<void> {
    const over = new AbortController();
    const time = delay(timeoutMs, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([time, this.#ends.get(JSON.stringify(scope))?.promise ?? time]);
    over.abort();
  }
}

interface Wish {
  scope: KeyScope;
  fingerprint: string | null;
}

async function openPatiently({ keys }: Keeper, running: Running, { scope, fingerprint }: Wish): Promise<Opening> {
  const until = performance.now() + patience.waitMs;
  for (let lookMs = patience.lookMs; ; lookMs = Math.min(2 * lookMs, patience.maxLookMs)) {
    const opening = await keys.open(scope, fingerprint);
    if (opening.kind !== 'running' || performance.now() > until) return opening;
    if (fingerprint !== null) assertSame(opening.fingerprint, fingerprint);
    await running.waitFor(scope, lookMs);
  }
}

const isKept = (request: FastifyRequest, status: number): boolean =>
  // What was not heard to its end was not answered either.
  status < 500 && !passing.has(status) && !(request.raw.destroyed && !request.raw.complete) && !unkept.has(request);

function answerOf(reply: FastifyReply, payload: unknown): KeptAnswer | null {
  if (payload !== undefined && payload !== null && typeof payload !== 'string') return null;
  const said = keptHeaders.flatMap((name) => {
    const value = reply.getHeader(name);
    return value === undefined ? [] : [[name, String(value)]];
  });
  return { status: reply.statusCode, headers: Object.fromEntries(said), body: payload ?? null };
}

/**
 * Every POST of a caller may carry an Idempotency-Key: its repetition gets the first answer and does nothing. Routes that change the database in a
 * transaction of their own keep the answer in it (`openRequestOf`); the answer of any other is kept before it leaves.
 */
export function keepAnswers(app: FastifyInstance, keeper: Keeper): void {
  const running = new Running();

  app.addHook('preHandler', async (request, reply) => {
    const caller = callerOf(request);
    const { config } = request.routeOptions;
    if (caller === null || request.method !== 'POST' || config.isRepeatable === true) return;
    const key = keyOf(request);
    if (key === null) return;
    const scope = scopeOf(request, caller, key);
    const fingerprint = answersForm(request) ? null : fingerprintOf({ query: request.query, body: request.body });
    const opening = await openPatiently(keeper, running, { scope, fingerprint });
    if (opening.kind === 'running') {
      reply.header('retry-after', '1');
      throw new StreamflixError('IDEMPOTENCY_KEY_IN_USE');
    }
    if (opening.kind === 'opened') {
      const onEnd = running.begin(scope);
      const open = new OpenRequest(keeper, scope, opening.holder, { fingerprint, log: request.log, onEnd });
      openRequests.set(request, open);
      return;
    }
    if (fingerprint === null) {
      earlierAnswers.set(request, opening);
      return;
    }
    assertSame(opening.fingerprint, fingerprint);
    return replay(keeper, opening.answer, reply);
  });

  app.addHook('onSend', async (request, reply, payload) => {
    const open = openRequests.get(request);
    if (open === undefined) return;
    openRequests.delete(request);
    const answer = isKept(request, reply.statusCode) ? answerOf(reply, payload) : null;
    await open
      .end(answer, { isSecret: request.routeOptions.config.answersSecret === true })
      .catch((error: unknown) => request.log.warn({ err: error }, 'an answer was not kept; a repetition begins anew'));
  });
}
