import type pg from 'pg';

/** One connection of a pool, for many at a time: what they ask is sent as it comes and answered in that order. */
export class SharedConnection {
  readonly #pool: pg.Pool;
  #opening: Promise<pg.PoolClient> | null = null;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Whoever finds it broken says so by `isBroken`; the next one gets another. */
  async use<T>(run: (client: pg.PoolClient) => Promise<T>, isBroken: (error: unknown) => boolean): Promise<T> {
    this.#opening ??= this.#open();
    const opening = this.#opening;
    const client = await opening;
    try {
      return await run(client);
    } catch (error) {
      if (isBroken(error)) await this.#drop(opening);
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#opening === null ? Promise.resolve() : this.#drop(this.#opening);
  }

  #open(): Promise<pg.PoolClient> {
    const opening = this.#pool.connect();
    const drop = () => this.#drop(opening);
    // A connection that is not had, or ends while nobody asks, is nothing to be found out by the next one.
    opening.then((client) => client.once('end', drop), drop);
    return opening;
  }

  async #drop(opening: Promise<pg.PoolClient>): Promise<void> {
    if (this.#opening !== opening) return;
    this.#opening = null;
    const client = await opening.catch(() => null);
    client?.release(true);
  }
}
