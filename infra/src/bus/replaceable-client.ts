import type { Logger } from '../telemetry/index.ts';

interface Client {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

/**
 * A client that is connected at its first use and replaced after a failed one. Who still uses the replaced one ends in peace:
 * the last one out disconnects it.
 */
export class ReplaceableClient<T extends Client> {
  readonly #make: () => T;
  readonly #logger: Logger;
  readonly #users = new Map<Promise<T>, number>();
  #current: Promise<T> | undefined;

  constructor(make: () => T, logger: Logger) {
    this.#make = make;
    this.#logger = logger;
  }

  /** Throws whatever connecting or `work` throws. */
  async use<R>(work: (client: T) => Promise<R>): Promise<R> {
    this.#current ??= this.#connect();
    const current = this.#current;
    this.#users.set(current, (this.#users.get(current) ?? 0) + 1);
    try {
      return await work(await current);
    } catch (error) {
      if (this.#current === current) this.#current = undefined;
      throw error;
    } finally {
      this.#leave(current);
    }
  }

  async close(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    if (current !== undefined && !this.#users.has(current)) await this.#disconnect(current);
  }

  async #connect(): Promise<T> {
    const client = this.#make();
    try {
      await client.connect();
      return client;
    } catch (error) {
      await this.#disconnect(Promise.resolve(client));
      throw error;
    }
  }

  #leave(current: Promise<T>): void {
    const left = (this.#users.get(current) ?? 1) - 1;
    if (left > 0) {
      this.#users.set(current, left);
      return;
    }
    this.#users.delete(current);
    if (this.#current !== current) void this.#disconnect(current);
  }

  async #disconnect(connecting: Promise<T>): Promise<void> {
    const client = await connecting.catch(() => undefined);
    try {
      await client?.disconnect();
    } catch (error) {
      this.#logger.debug({ err: error }, 'a connection to Kafka was gone already');
    }
  }
}
