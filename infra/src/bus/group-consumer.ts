import { setTimeout as delay } from 'node:timers/promises';
import { StreamflixError } from '@streamflix/contracts';
import type { Batch, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { Logger } from '../telemetry/index.ts';
import type { AdminConnection } from './admin-connection.ts';
import type { Subscription } from './bus.ts';
import { withDeadline } from './deadline.ts';
import { ProgressWatch } from './progress-watch.ts';
import { readProgress } from './read-progress.ts';

/** What a batch handler may do with its batch. */
export interface BatchContext {
  signal: AbortSignal;
  /** The group goes on after this offset. */
  resolve(offset: string): void;
  /** Throws when the group is being shared out anew; the rest of the batch goes to whoever gets the partition. */
  heartbeat(): Promise<void>;
  /** False once the consumer is stopping or the batch is no longer ours. */
  mayGoOn(): boolean;
}

export interface GroupConsumerOptions {
  kafka: Kafka;
  admin: AdminConnection;
  logger: Logger;
  group: string;
  topics: string[];
  fromBeginning: boolean;
  /** Messages end the wait at once; a stop, and the end of a pause, do not. */
  fetchWaitMs: number;
  /** Answers for how long to leave the partition alone before its unresolved messages come again; undefined: not at all. */
  onBatch(batch: Batch, context: BatchContext): Promise<{ pauseMs: number } | undefined>;
  onCrash(error: Error): void;
}

const partitionsAtOnce = 4;
/** How long a group counts on a member that is silent; the client's requests must be allowed longer (see kafka-client), a fetch less than half. */
const memberTimeoutMs = 10_000;
const connectWithinMs = 20_000;
const fetchWithinMs = 10_000;
const lookEveryMs = 15_000;
const stallAfterMs = 60_000;

/**
 * One member of a consumer group. The client fetches anew only when all batches of the last fetch are through, so a message that
 * must wait is never waited for in place: its partition is paused and the others go on.
 */
export class GroupConsumer implements Subscription {
  readonly #options: GroupConsumerOptions;
  readonly #consumer: Consumer;
  readonly #stopping = new AbortController();
  readonly #resumes = new Set<NodeJS.Timeout>();
  readonly #watch = new ProgressWatch(stallAfterMs);
  readonly #fetched = Promise.withResolvers<void>();
  #assignment: Record<string, number[]> | undefined;
  #looking: NodeJS.Timeout | undefined;
  #stopped: Promise<void> | undefined;

  private constructor(options: GroupConsumerOptions) {
    this.#options = options;
    this.#consumer = options.kafka.consumer({
      groupId: options.group,
      sessionTimeout: memberTimeoutMs,
      rebalanceTimeout: memberTimeoutMs,
      // Sent between two fetches: a little less than a wait for nothing, so that none is left out for coming a moment early.
      heartbeatInterval: Math.min(2_500, Math.max(1_000, options.fetchWaitMs - 100)),
      maxWaitTimeInMs: options.fetchWaitMs,
      retry: {
        initialRetryTime: 200,
        maxRetryTime: 5_000,
        retries: 5,
        restartOnFailure: async () => !this.#stopping.signal.aborted,
      },
    });
  }

  /**
   * Connects, and throws BUS_UNAVAILABLE when Kafka does not answer. Then waits until the first fetch is through, so that from
   * now on nothing is missed; but not for ever: a group that still counts on a member that was killed lets nobody in until that
   * member's time is up. Joining goes on by itself, and `health` tells.
   */
  static async open(options: GroupConsumerOptions): Promise<GroupConsumer> {
    const consumer = new GroupConsumer(options);
    const tooLate = (): Error => new Error(`no answer within ${connectWithinMs} ms`);
    try {
      await withDeadline(consumer.#connect(), connectWithinMs, tooLate);
    } catch (error) {
      void consumer.stop();
      const why = error instanceof Error ? error.message : String(error);
      throw new StreamflixError('BUS_UNAVAILABLE', { message: `Kafka does not answer: ${why}`, cause: error });
    }
    await consumer.#run();
    return consumer;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  health(): { healthy: boolean; reason?: string } {
    const { group } = this.#options;
    if (this.#stopping.signal.aborted) return { healthy: false, reason: `${group}: stopped` };
    if (this.#assignment === undefined) return { healthy: false, reason: `${group}: not joined` };
    const stalled = this.#watch.stalled();
    if (stalled.length === 0) return { healthy: true };
    return { healthy: false, reason: `${group}: no progress in ${stalled.join(', ')}` };
  }

  async #connect(): Promise<void> {
    const { topics, fromBeginning } = this.#options;
    this.#listen();
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics, fromBeginning });
  }

  async #run(): Promise<void> {
    const { onCrash } = this.#options;
    const running = this.#consumer.run({
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: partitionsAtOnce,
      eachBatch: (payload) => this.#eachBatch(payload),
    });
    running.catch(onCrash);
    this.#looking = setInterval(() => void this.#look(), lookEveryMs);
    this.#looking.unref();
    const giveUp = delay(fetchWithinMs, undefined, { ref: false });
    await Promise.race([this.#fetched.promise, giveUp]);
  }

  #listen(): void {
    const { events } = this.#consumer;
    const { onCrash, logger, group } = this.#options;
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => {
      this.#assignment = payload.memberAssignment;
      // A restart of the client's own that overtook our stop.
      if (this.#stopped !== undefined) void this.#disconnect();
    });
    this.#consumer.on(events.FETCH, () => {
      if (this.#assignment !== undefined) this.#fetched.resolve();
    });
    this.#consumer.on(events.CRASH, ({ payload: { error, restart } }) => {
      this.#assignment = undefined;
      if (restart || this.#stopping.signal.aborted) return;
      logger.error({ err: error, group }, 'a consumer crashed and does not come back');
      onCrash(error);
    });
  }

  async #eachBatch({ batch, resolveOffset, heartbeat, pause, isRunning, isStale }: EachBatchPayload): Promise<void> {
    const { signal } = this.#stopping;
    const heard = (): void => this.#watch.heard(batch.topic, batch.partition);
    const resolve = (offset: string): void => {
      heard();
      resolveOffset(offset);
    };
    heard();
    const mayGoOn = (): boolean => isRunning() && !isStale() && !signal.aborted;
    const outcome = await this.#options.onBatch(batch, { signal, resolve, heartbeat, mayGoOn });
    if (outcome === undefined || signal.aborted) return;
    const resume = pause();
    const timer = setTimeout(() => {
      this.#resumes.delete(timer);
      resume();
    }, outcome.pauseMs);
    this.#resumes.add(timer);
  }

  /** Compares where the group stands with where the topics end, by Kafka's own word. */
  async #look(): Promise<void> {
    const { admin, group, fromBeginning, logger, onCrash } = this.#options;
    const assignment = this.#assignment;
    if (assignment === undefined) return;
    try {
      this.#watch.observe(await readProgress(admin, { group, assignment, fromBeginning }));
    } catch (error) {
      logger.debug({ err: error, group }, 'the progress of a group could not be read');
      return;
    }
    const deaf = this.#watch.deaf();
    if (deaf.length > 0 && !this.#stopping.signal.aborted)
      onCrash(new Error(`${group} gets nothing of ${deaf.join(', ')} though messages wait`));
  }

  async #end(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#looking);
    for (const timer of this.#resumes) clearTimeout(timer);
    this.#resumes.clear();
    await this.#disconnect();
  }

  async #disconnect(): Promise<void> {
    try {
      await this.#consumer.disconnect();
    } catch (error) {
      this.#options.logger.debug({ err: error, group: this.#options.group }, 'the consumer was gone already');
    }
  }
}
