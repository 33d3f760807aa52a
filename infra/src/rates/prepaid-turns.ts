import { describeTurn, intervalMs, type RatePolicy, type RateTurn } from '@streamflix/contracts';

/** How long turns that were taken ahead are good: what a subject does not use by then is lost to it. */
const goodForMs = 100;
const maxSubjects = 10_000;

/** Turns as they were granted: fewer than asked for, or none. */
export interface Grant {
  turns: number;
  /** Until the turns of the subject are used up, these included. */
  aheadMs: number;
}

interface Lease extends Grant {
  granted: number;
  grantedAt: number;
}

/** No more than what the policy gives back while they are good. One at a time where that is none: small limits are exact. */
const mostOf = (policy: RatePolicy): number => Math.max(1, Math.floor(goodForMs / intervalMs(policy)));

/** How the request went for which the turns were asked for: the first of them is its own. */
const firstOf = (policy: RatePolicy, { turns, aheadMs }: Grant): RateTurn =>
  turns === 0 ? describeTurn(policy, false, aheadMs) : describeTurn(policy, true, aheadMs - (turns - 1) * intervalMs(policy));

/**
 * Takes turns for subjects that ask often ahead of their requests, so that not every request waits for Redis: twice as many as the last time where
 * those were used up, one where they were not.
 */
export class PrepaidTurns {
  readonly #grant: (policy: RatePolicy, subject: string, turns: number) => Promise<Grant>;
  readonly #now: () => number;
  readonly #leases = new Map<string, Lease>();
  readonly #asking = new Map<string, Promise<RateTurn>>();

  constructor(
    grant: (policy: RatePolicy, subject: string, turns: number) => Promise<Grant>,
    now: () => number = () => performance.now(),
  ) {
    this.#grant = grant;
    this.#now = now;
  }

  /** Rejects as `grant` does. */
  async take(policy: RatePolicy, subject: string): Promise<RateTurn> {
    const most = mostOf(policy);
    if (most === 1) return firstOf(policy, await this.#grant(policy, subject, 1));
    const key = `${policy.name}:${subject}`;
    for (;;) {
      const turn = this.#use(policy, key);
      if (turn !== null) return turn;
      const asking = this.#asking.get(key);
      if (asking === undefined) return this.#askFor(policy, subject, key, most);
      // Refused: so is everybody who waited for it. Granted: whoever comes first has one.
      const answer = await asking;
      if (!answer.isAllowed) return answer;
    }
  }

  #use(policy: RatePolicy, key: string): RateTurn | null {
    const lease = this.#leases.get(key);
    const passedMs = this.#now() - (lease?.grantedAt ?? 0);
    if (lease === undefined || lease.turns === 0 || passedMs >= goodForMs) return null;
    lease.turns -= 1;
    return describeTurn(policy, true, Math.max(0, lease.aheadMs - lease.turns * intervalMs(policy) - passedMs));
  }

  #askFor(policy: RatePolicy, subject: string, key: string, most: number): Promise<RateTurn> {
    const last = this.#leases.get(key);
    const isUsedUp = last !== undefined && last.turns === 0 && this.#now() - last.grantedAt < goodForMs;
    const wanted = isUsedUp ? Math.min(most, last.granted * 2) : 1;
    const asking = this.#ask(policy, subject, key, wanted).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #ask(policy: RatePolicy, subject: string, key: string, wanted: number): Promise<RateTurn> {
    const grant = await this.#grant(policy, subject, wanted);
    const { turns, aheadMs } = grant;
    if (this.#leases.size >= maxSubjects) this.#leases.clear();
    if (turns > 0) this.#leases.set(key, { turns: turns - 1, granted: turns, aheadMs, grantedAt: this.#now() });
    return firstOf(policy, grant);
  }
}
