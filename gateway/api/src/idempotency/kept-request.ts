import { randomUUID } from 'node:crypto';
import { StreamflixError } from '@streamflix/contracts';
import type { Transaction } from '@streamflix/infra/database';
import { type IdempotencyKeys, type KeptAnswer, type KeyScope, keepAnswer } from '@streamflix/infra/idempotency';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { seal, unseal } from '../identity/seal.ts';

/** Often enough that a request that lives is never taken for dead. */
const renewMs = 3_000;

export interface Keeper {
  keys: IdempotencyKeys;
  /** Seals the answers where there is one. */
  secret: string | undefined;
}

const reused = () => new StreamflixError('IDEMPOTENCY_KEY_REUSED');

/** Throws IDEMPOTENCY_KEY_REUSED for a request that is not the one the key was used for. */
export function assertSame(first: string | null, fingerprint: string): void {
  if (first !== null && first !== fingerprint) throw reused();
}

/** Gives an answer once more. */
export function replay(
  { secret }: Pick<Keeper, 'secret'>,
  { status, headers, body }: KeptAnswer,
  reply: FastifyReply,
): FastifyReply {
  const text = body === null ? null : unseal(body, secret);
  if (body !== null && text === null) {
    throw new StreamflixError('CONFLICT', { message: 'This was done; its answer held a secret and is not kept.' });
  }
  return reply
    .code(status)
    .headers({ ...headers, 'idempotency-replayed': 'true' })
    .serializer((payload: unknown) => payload as string)
    .send(text);
}

/** A request that has opened its key: it holds it until there is an answer or none is to be kept. */
export class OpenRequest {
  readonly #keeper: Keeper;
  readonly #scope: KeyScope;
  readonly #holder: string;
  readonly #renewing: NodeJS.Timeout;
  #fingerprint: string | null;
  readonly #onEnd: () => void;
  #isKept = false;

  constructor(
    keeper: Keeper,
    scope: KeyScope,
    holder: string,
    { fingerprint, log, onEnd }: { fingerprint: string | null; onEnd(): void } & Pick<FastifyRequest, 'log'>,
  ) {
    this.#onEnd = onEnd;
    this.#keeper = keeper;
    this.#scope = scope;
    this.#holder = holder;
    this.#fingerprint = fingerprint;
    const renew = () =>
      keeper.keys.renew(scope, holder).catch((error: unknown) => log.warn({ err: error }, 'an Idempotency-Key was not renewed'));
    this.#renewing = setInterval(() => void renew(), renewMs);
    this.#renewing.unref();
  }

  /** What was asked for is known now: a form was read. */
  identify(fingerprint: string): void {
    this.#fingerprint = fingerprint;
  }

  /** Keeps the answer in the transaction that does what was asked for. A transaction that is repeated may call it again. */
  async keepIn(db: Transaction, answer: KeptAnswer): Promise<void> {
    if (this.#fingerprint === null) throw new Error('an answer is to be kept before it is known what was asked');
    await keepAnswer(db, this.#keeping(this.#fingerprint, answer, this.#keeper.secret));
    this.#isKept = true;
  }

  /** The answer is about to leave; null is one that is not kept. */
  async end(answer: KeptAnswer | null, { isSecret }: { isSecret: boolean }): Promise<void> {
    clearInterval(this.#renewing);
    try {
      if (!this.#isKept) await this.#conclude(answer, isSecret);
    } finally {
      this.#onEnd();
    }
  }

  async #conclude(answer: KeptAnswer | null, isSecret: boolean): Promise<void> {
    const { keys, secret } = this.#keeper;
    if (answer === null || this.#fingerprint === null) return keys.release(this.#scope, this.#holder);
    // Where nothing can seal it, a secret is sealed for nobody.
    await keys.keep(this.#keeping(this.#fingerprint, answer, isSecret ? (secret ?? randomUUID()) : secret));
  }

  #keeping(fingerprint: string, { status, headers, body }: KeptAnswer, secret: string | undefined) {
    const sealed = body === null ? null : seal(body, secret);
    return { scope: this.#scope, holder: this.#holder, fingerprint, answer: { status, headers, body: sealed } };
  }
}
