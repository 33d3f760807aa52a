import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Pool, StreamflixError } from '@streamflix/contracts';
import { type ClaimedTask, claimTask } from '../work/index.ts';
import { Admission } from './admission.ts';
import { Capabilities } from './capabilities.ts';
import type { Platform } from './platform.ts';
import { Presence } from './presence.ts';
import { Resources } from './resources.ts';
import { type RunningTask, runTask, type TaskRunner, type Work } from './run-task.ts';
import { openScratch } from './scratch.ts';
import { Slots } from './slots.ts';
import { SourceCache } from './source-cache.ts';

const sourceCacheBytes = 20 * 1024 ** 3;

export interface WorkerPoolOptions {
  pool: Pool;
  /** How many tasks this process runs at once. */
  slots: number;
  run: Work;
  /** What this worker was found to be able to do; beside what it was told of. */
  capabilities?: readonly string[];
}

/** Runs tasks of one pool: a free slot asks the database for the best claimable task, when rung or at a slow poll. */
export class WorkerPool {
  readonly #platform: Platform;
  readonly #options: WorkerPoolOptions;
  readonly #running = new Set<RunningTask>();
  readonly #shutdown = new AbortController();
  readonly #presence: Presence;
  readonly #resources: Resources;
  readonly #admission: Admission;
  readonly #slots: Slots;
  readonly #capabilities: Capabilities;
  #runner: Omit<TaskRunner, 'media'> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;
  #filling: Promise<void> | undefined;
  #rungMeanwhile = false;

  constructor(platform: Platform, options: WorkerPoolOptions) {
    this.#platform = platform;
    this.#options = options;
    const { config, database, instance, circuits, telemetry } = platform;
    const { pool, slots } = options;
    const { logger } = telemetry;
    const { capabilities: configured, capabilitiesFile } = config.work;
    const own = [...configured, ...(options.capabilities ?? [])];
    const capabilities = new Capabilities({ capabilities: own, capabilitiesFile }, logger);
    const resources = new Resources(config.work, config.media.workDir);
    this.#capabilities = capabilities;
    this.#resources = resources;
    this.#slots = new Slots(config.media, slots);
    const changing = async () => ({
      capabilities: await capabilities.read(),
      freeDiskBytes: await resources.freeDiskBytes(),
    });
    this.#presence = new Presence(database, { instance, pool, slots }, { everyMs: config.work.pollMs / 2, changing, logger });
    this.#admission = new Admission({ pool, circuits, presence: this.#presence, resources });
  }

  /** Why it claims nothing now; empty when it does. */
  notReady(): string[] {
    return this.#admission.reasons();
  }

  async start(): Promise<void> {
    const { config, storage, service } = this.#platform;
    const scratch = await openScratch(config.media.workDir, service);
    const sources = new SourceCache({ storage, dir: join(scratch, 'sources'), limitBytes: sourceCacheBytes });
    this.#runner = {
      platform: this.#platform,
      work: this.#options.run,
      scratch,
      sources,
      resources: this.#resources,
      capabilities: this.#capabilities,
      shutdown: this.#shutdown.signal,
    };
    this.#poll();
  }

  /** The doorbell. Whether there is work, and for whom, the claim decides; so it answers at once. */
  readonly ring = async (): Promise<void> => {
    this.#rungMeanwhile = true;
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined;
    });
  };

  /** Something was decided about a job: whoever runs a task of it asks the database at once. */
  async recheck(jobId: string): Promise<void> {
    await Promise.all([...this.#running].filter((task) => task.jobId === jobId).map(({ lease }) => lease.checkNow()));
  }

  /** No new claims; what runs may finish within `graceMs`, then it is handed back. Leaves nothing on the disk. */
  async drain(graceMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    await this.#filling;
    await this.#presence.leave();
    const ended = Promise.all([...this.#running].map((task) => task.ended));
    const patience = new AbortController();
    await Promise.race([ended, delay(graceMs, undefined, { signal: patience.signal }).catch(() => undefined)]);
    patience.abort();
    this.#shutdown.abort(new StreamflixError('SHUTTING_DOWN'));
    await ended;
    if (this.#runner !== undefined) await rm(this.#runner.scratch, { recursive: true, force: true, maxRetries: 3 });
  }

  #poll(): void {
    if (this.#stopping) return;
    // Spread out, so that idle workers do not ask in step.
    this.#timer = setTimeout(() => this.#poll(), this.#platform.config.work.pollMs * (0.75 + Math.random() / 2));
    void this.ring();
  }

  async #fill(): Promise<void> {
    const { circuits, telemetry } = this.#platform;
    while (this.#rungMeanwhile) {
      this.#rungMeanwhile = false;
      try {
        while (!this.#stopping) {
          const claimed = await this.#claim();
          if (claimed === null) break;
          this.#start(claimed);
        }
      } catch (error) {
        circuits.failed(error);
        telemetry.logger.warn({ err: error }, 'could not claim a task; trying again at the next poll');
      }
    }
  }

  /** The next task, if this worker may have one now. */
  async #claim(): Promise<ClaimedTask | null> {
    const { config, instance: worker, circuits } = this.#platform;
    const { pool, slots } = this.#options;
    const { leaseMs } = config.work;
    const { reasons, onProbation } = await this.#admission.ask();
    if (reasons.length > 0 || this.#running.size >= (onProbation ? 1 : slots)) return null;
    const capabilities = await this.#capabilities.read();
    const options = { pool, worker, leaseMs, capabilities, maxRunningTasks: config.tenants.maxRunningTasks };
    const claimed =
      (await claimTask(this.#platform, { ...options, onlyUnfailed: onProbation })) ??
      (onProbation ? await claimTask(this.#platform, options) : null);
    circuits.succeeded('database');
    return claimed;
  }

  #start(claimed: ClaimedTask): void {
    if (this.#runner === undefined) throw new Error('the pool was not started');
    const { media, release } = this.#slots.take();
    const task = runTask({ ...this.#runner, media }, claimed);
    this.#running.add(task);
    void task.ended.then(() => {
      release();
      this.#running.delete(task);
      this.#presence.outdate();
      return this.ring();
    });
  }
}
