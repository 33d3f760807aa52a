import type { JobProgressed } from '@streamflix/contracts';

export interface News {
  /** The latest step of each job that made one. */
  steps: JobProgressed[];
  /** States may have changed: they are to be read. */
  isDue: boolean;
}

/** Collects for one watcher what comes while it is busy: never more than one step of a job, however slowly it reads. */
export class NewsBox {
  readonly #steps = new Map<string, JobProgressed>();
  #isDue = false;
  #rung = Promise.withResolvers<void>();

  constructor(signal: AbortSignal) {
    signal.addEventListener('abort', () => this.#rung.resolve(), { once: true });
  }

  step(event: JobProgressed): void {
    this.#steps.set(event.jobId, event);
    this.#rung.resolve();
  }

  ring(): void {
    this.#isDue = true;
    this.#rung.resolve();
  }

  /** Waits for news; after a while without any it is time to look. */
  async take(timeoutMs: number): Promise<News> {
    const timer = setTimeout(() => this.ring(), timeoutMs);
    await this.#rung.promise;
    clearTimeout(timer);
    this.#rung = Promise.withResolvers();
    const news = { steps: [...this.#steps.values()], isDue: this.#isDue };
    this.#steps.clear();
    this.#isDue = false;
    return news;
  }
}
