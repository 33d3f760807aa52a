const maxEntries = 10_000;

/** Answers kept for a moment, so that a thousand requests a second ask the database once. What was not found is asked for again. */
export class BriefMemory<T> {
  readonly #entries = new Map<string, { value: T; until: number }>();
  readonly #keptMs: number;

  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  async get(key: string, load: () => Promise<T | null>): Promise<T | null> {
    const known = this.#entries.get(key);
    if (known !== undefined && known.until > performance.now()) return known.value;
    const value = await load();
    this.#entries.delete(key);
    if (this.#entries.size >= maxEntries) this.#entries.clear();
    if (value !== null) this.#entries.set(key, { value, until: performance.now() + this.#keptMs });
    return value;
  }

  /** What was changed here is true here at once; other processes learn of it when their moment is over. */
  forget(): void {
    this.#entries.clear();
  }
}
