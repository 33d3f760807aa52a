import { randomUUID } from 'node:crypto';
import { StreamflixError, type TopicName } from '@streamflix/contracts';
import type { Consumer, Kafka, KafkaMessage } from 'kafkajs';
import type { Logger } from '../telemetry/index.ts';
import type { AdminConnection } from './admin-connection.ts';

export interface ReadThroughSpan {
  topics: readonly TopicName[];
  /** Where each partition is begun: at its first message of this time or later. */
  from: Date;
  onMessage(topic: TopicName, message: KafkaMessage): Promise<void>;
  signal?: AbortSignal | undefined;
}

export interface ReadThroughOptions extends ReadThroughSpan {
  kafka: Kafka;
  admin: AdminConnection;
  logger: Logger;
}

/** Longer than a group needs to form and a broker to be replaced. */
const silenceMs = 30_000;

/** What the caller's handler threw, to be told from what the client throws. */
class HandlerFailure extends Error {}

interface Line {
  topic: TopicName;
  partition: number;
  start: bigint;
  end: bigint;
}

async function findLines({ admin, topics, from }: ReadThroughOptions): Promise<Line[]> {
  const lines = topics.map(async (topic) => {
    const starts = await admin.ask((connection) => connection.fetchTopicOffsetsByTimestamp(topic, from.getTime()));
    const ends = await admin.ask((connection) => connection.fetchTopicOffsets(topic));
    return ends.map(({ partition, high }): Line => {
      const start = starts.find((each) => each.partition === partition)?.offset ?? high;
      return { topic, partition, start: BigInt(start), end: BigInt(high) };
    });
  });
  return (await Promise.all(lines)).flat();
}

/** Resolves when every line was read to its end; rejects when the client dies or nothing comes for too long. */
async function consume(consumer: Consumer, lines: Line[], { topics, onMessage, signal }: ReadThroughOptions): Promise<void> {
  const left = new Map(lines.filter(({ start, end }) => start < end).map((line) => [`${line.topic} ${line.partition}`, line]));
  const finished = Promise.withResolvers<void>();
  const onAbort = (): void => finished.reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  const tooQuiet = (): void => finished.reject(new Error(`no message within ${silenceMs} ms, ${left.size} partitions unread`));
  // Whoever waits for it comes later.
  finished.promise.catch(() => undefined);
  const silence = setTimeout(tooQuiet, silenceMs);
  consumer.on(consumer.events.CRASH, ({ payload }) => finished.reject(payload.error));
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    const running = consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: 2,
      eachBatch: async ({ batch, heartbeat, isRunning, isStale }) => {
        const line = left.get(`${batch.topic} ${batch.partition}`);
        // Fetched before the positions below were taken over.
        if (line === undefined || isStale()) return;
        silence.refresh();
        const wanted = batch.messages.filter(({ offset }) => BigInt(offset) >= line.start && BigInt(offset) < line.end);
        try {
          for (const message of wanted) if (isRunning()) await onMessage(line.topic, message);
        } catch (error) {
          return finished.reject(new HandlerFailure('', { cause: error }));
        }
        await heartbeat();
        if (BigInt(batch.lastOffset()) + 1n >= line.end) left.delete(`${batch.topic} ${batch.partition}`);
        if (left.size === 0) finished.resolve();
      },
    });
    running.catch(finished.reject);
    await Promise.race([running, finished.promise]);
    for (const { topic, partition, start } of lines) consumer.seek({ topic, partition, offset: String(start) });
    await finished.promise;
  } finally {
    clearTimeout(silence);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Reads topics once, from a moment to where they end now, as a group of its own that is forgotten afterwards. Throws BUS_UNAVAILABLE. */
export async function readThrough(options: ReadThroughOptions): Promise<void> {
  const { kafka, admin, logger, signal } = options;
  signal?.throwIfAborted();
  const lines = await findLines(options);
  if (lines.every(({ start, end }) => start >= end)) return;
  const groupId = `read-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 250, allowAutoTopicCreation: false });
  try {
    await consume(consumer, lines, options);
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof HandlerFailure ? error.cause : new StreamflixError('BUS_UNAVAILABLE', { cause: error });
  } finally {
    await consumer.disconnect().catch((error: unknown) => logger.debug({ err: error }, 'a reader was gone already'));
    // One that is left behind does no harm: Kafka forgets an empty group by itself.
    await admin
      .ask((connection) => connection.deleteGroups([groupId]))
      .catch((error: unknown) => logger.debug({ err: error }, 'group left'));
  }
}
