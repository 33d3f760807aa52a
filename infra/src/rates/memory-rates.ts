import { type RatePolicy, type RateTurn, takeTurn } from '@streamflix/contracts';

const maxSubjects = 100_000;

/** Counts in this process alone. */
export class MemoryRates {
  readonly #usedUntil = new Map<string, number>();

  take(policy: RatePolicy, subject: string, nowMs = Date.now()): RateTurn {
    const key = `${policy.name}:${subject}`;
    const { turn, usedUntilMs } = takeTurn(policy, this.#usedUntil.get(key), nowMs);
    if (this.#usedUntil.size >= maxSubjects) this.#dropUnused(nowMs);
    this.#usedUntil.set(key, usedUntilMs);
    return turn;
  }

  /** Who has all turns again need not be remembered; when everybody is busy the oldest goes. */
  #dropUnused(nowMs: number): void {
    for (const [key, until] of this.#usedUntil) if (until <= nowMs) this.#usedUntil.delete(key);
    const [oldest] = this.#usedUntil.keys();
    if (this.#usedUntil.size >= maxSubjects && oldest !== undefined) this.#usedUntil.delete(oldest);
  }
}
