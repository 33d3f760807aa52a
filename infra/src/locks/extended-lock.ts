/// <reference path="./redlock.d.ts" />
import type { RedlockLock } from 'redlock';
import type { Logger } from '../telemetry/index.ts';

export interface ExtensionOptions {
  ttlMs: number;
  signal: AbortSignal | undefined;
  /** Whether an error says that somebody else has the lock now. */
  isHeld(error: unknown): Promise<boolean>;
  onLost(error: unknown): void;
  logger: Logger;
}

/** A lock that is extended every third of its time to live, until it is released, the signal aborts, or it is lost. */
export class ExtendedLock {
  #lock: RedlockLock;
  #isOver = false;
  readonly #options: ExtensionOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort = (): void => this.#end();

  constructor(lock: RedlockLock, options: ExtensionOptions) {
    this.#lock = lock;
    this.#options = options;
    this.#timer = setInterval(() => void this.#extend(), options.ttlMs / 3);
    this.#timer.unref();
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (options.signal?.aborted === true) this.#end();
  }

  async release(): Promise<void> {
    this.#end();
    try {
      await this.#lock.release();
    } catch (error) {
      // It runs out by itself.
      this.#options.logger.debug({ reason: String(error) }, 'a lock was not released');
    }
  }

  #end(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
  }

  async #extend(): Promise<void> {
    const { ttlMs, isHeld, onLost, logger } = this.#options;
    const held = this.#lock;
    const expiresAt = held.expiration;
    try {
      const extended = await held.extend(ttlMs);
      if (!this.#isOver) this.#lock = extended;
    } catch (error) {
      if (this.#isOver) return;
      // Redis may be back before the lock runs out: two more tries fit into its time.
      if (Date.now() < expiresAt && !(await isHeld(error))) {
        logger.debug({ reason: String(error) }, 'a lock was not extended; trying again');
        return;
      }
      this.#end();
      onLost(error);
    }
  }
}
