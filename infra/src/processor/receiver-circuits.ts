import { hasCode, StreamflixError } from '@streamflix/contracts';
import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  isBrokenCircuitError,
} from 'cockatiel';

const failuresToOpen = 5;
const backoff = { initialDelay: 10_000, maxDelay: 300_000 };
/** How long a delivery waits before it looks again whether its receiver is tried. */
const retryAfterMs = 30_000;
/** More receivers than a process talks to at a time. */
const rememberedReceivers = 2_000;

/** The receiver itself is in trouble; one that refuses this very delivery is not. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof StreamflixError) || !hasCode(error, 'WEBHOOK_REFUSED')) return false;
  const { status } = error.details;
  return typeof status !== 'number' || status >= 500 || status === 429;
}

/**
 * One circuit for each receiver: after several failures in a row it is left alone, and only one delivery at a time, at growing
 * intervals, finds out whether it is back. The others wait and lose no attempt.
 */
export class ReceiverCircuits {
  readonly #breakers = new Map<string, CircuitBreakerPolicy>();

  /** Throws RECEIVER_UNAVAILABLE without a call while the receiver is left alone. */
  async call<T>(receiver: string, run: () => Promise<T>): Promise<T> {
    try {
      return await this.#breakerOf(receiver).execute(run);
    } catch (error) {
      if (!isBrokenCircuitError(error)) throw error;
      throw new StreamflixError('RECEIVER_UNAVAILABLE', { details: { retryAfterMs }, cause: error });
    }
  }

  #breakerOf(receiver: string): CircuitBreakerPolicy {
    const known = this.#breakers.get(receiver);
    if (known !== undefined) return known;
    this.#forgetHealthy();
    const breaker = circuitBreaker(handleWhen(isOutage), {
      breaker: new ConsecutiveBreaker(failuresToOpen),
      halfOpenAfter: new ExponentialBackoff(backoff),
    });
    this.#breakers.set(receiver, breaker);
    return breaker;
  }

  #forgetHealthy(): void {
    if (this.#breakers.size < rememberedReceivers) return;
    for (const [receiver, { state }] of this.#breakers) if (state === CircuitState.Closed) this.#breakers.delete(receiver);
  }
}
