import { hostname } from 'node:os';
import type { Config } from '../config/index.ts';
import type { Database } from '../database/index.ts';
import { gauge, type Logger } from '../telemetry/index.ts';
import { dismissWorker, forgetWorkers, type Standing, seeWorker, type WorkerIntroduction } from '../work/index.ts';

/**
 * Names the place where a process of a service runs, by its machine (in Kubernetes its pod) and health port: whoever is started
 * there again has the same disk, programs and faults.
 */
export const instanceName = (service: string, { port }: Config['health'], host = hostname(), pid = process.pid): string =>
  `${service}@${host}:${port === 0 ? `pid-${pid}` : port}`;

const quarantined = gauge(
  'streamflix_workers_quarantined',
  'Whether this worker is quarantined, 1 or 0; their sum counts them',
  '1',
);

/** What a worker says anew each time. */
type Changing = 'capabilities' | 'freeDiskBytes';

/** Keeps the others informed that a worker is there, and the worker of how it stands with them. */
export class Presence {
  readonly #database: Database;
  readonly #who: Omit<WorkerIntroduction, Changing>;
  readonly #everyMs: number;
  readonly #logger: Logger;
  readonly #changing: () => Promise<Pick<WorkerIntroduction, Changing>>;
  #standing: Standing = { quarantine: null, onProbation: false };
  #seenAt: number | undefined;
  #isStale = true;

  constructor(
    database: Database,
    who: Omit<WorkerIntroduction, Changing>,
    {
      everyMs,
      changing,
      logger,
    }: { everyMs: number; changing: () => Promise<Pick<WorkerIntroduction, Changing>>; logger: Logger },
  ) {
    this.#database = database;
    this.#who = who;
    this.#everyMs = everyMs;
    this.#changing = changing;
    this.#logger = logger;
  }

  /** Tells and asks, unless that was a moment ago. */
  async refresh(): Promise<Standing> {
    const now = performance.now();
    if (!this.#isStale && this.#seenAt !== undefined && now - this.#seenAt < this.#everyMs) return this.#standing;
    const starts = this.#seenAt === undefined;
    if (starts) await forgetWorkers(this.#database);
    this.#isStale = false;
    this.#note(await seeWorker(this.#database, { ...this.#who, ...(await this.#changing()) }, { starts }));
    this.#seenAt = now;
    return this.#standing;
  }

  /** A task ended: what is thought of the worker may have changed. */
  outdate(): void {
    this.#isStale = true;
  }

  /** The worker takes nothing more. */
  async leave(): Promise<void> {
    await dismissWorker(this.#database, this.#who.instance).catch((error: unknown) =>
      this.#logger.debug({ err: error }, 'the worker could not say that it leaves'),
    );
  }

  #note(standing: Standing): void {
    const { quarantine } = standing;
    if (quarantine !== null && this.#standing.quarantine === null)
      this.#logger.error({ ...quarantine }, 'this worker is quarantined and claims nothing');
    if (quarantine === null && this.#standing.quarantine !== null)
      this.#logger.warn({ onProbation: standing.onProbation }, 'the quarantine of this worker is over');
    quarantined.record(quarantine === null ? 0 : 1, { pool: this.#who.pool });
    this.#standing = standing;
  }
}
