import { StreamflixError, topics } from '@streamflix/contracts';
import type { IHeaders, Producer } from 'kafkajs';
import { currentTraceparent, histogram } from '../telemetry/index.ts';
import type { OutgoingMessage, PublishResult } from './bus.ts';
import type { EventCodec } from './event-codec.ts';
import { partitionOf } from './partition.ts';
import type { PartitionCounts } from './partition-counts.ts';
import type { ReplaceableClient } from './replaceable-client.ts';

export interface RawMessage {
  topic: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: IHeaders;
  /** Where it goes when it has no key. */
  fallbackPartition: number;
}

/** What is sent at once stays well below the broker's limit of a mebibyte. */
const batchBytes = 512 * 1024;
const sendTimeoutMs = 10_000;
const refusedTypes = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD']);

const publishSeconds = histogram('streamflix_publish_duration_seconds', 'How long Kafka took to take messages, by topic', 's');

const sizeOf = ({ key, value }: RawMessage): number => (key?.length ?? 0) + (value?.length ?? 0);

function toPublishError(thrown: unknown): StreamflixError {
  if (thrown instanceof StreamflixError) return thrown;
  const type = typeof thrown === 'object' && thrown !== null && 'type' in thrown ? String(thrown.type) : '';
  return refusedTypes.has(type)
    ? new StreamflixError('EVENT_INVALID', { message: `Kafka refuses the message: ${type}`, cause: thrown })
    : new StreamflixError('BUS_UNAVAILABLE', { cause: thrown });
}

/** Cuts a list so that each part is small; one message that is too large by itself stands alone. */
function inBatches<T extends { raw: RawMessage }>(messages: T[]): T[][] {
  const batches: T[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = sizeOf(message.raw);
    const last = batches.at(-1);
    if (last === undefined || bytes + size > batchBytes) {
      batches.push([message]);
      bytes = size;
    } else {
      last.push(message);
      bytes += size;
    }
  }
  return batches;
}

/** A message with the topic-partition it goes to. */
interface PlacedMessage {
  message: OutgoingMessage;
  raw: RawMessage;
  partition: number;
  line: string;
}

/**
 * The only place that sends. The client was seen to lose acknowledged messages when a send covered several partitions and a
 * broker died; so each send is for one partition, and per partition one is under way at a time.
 */
export class Publisher {
  readonly #producer: ReplaceableClient<Producer>;
  readonly #codec: EventCodec;
  readonly #counts: PartitionCounts;
  /** The last send of each topic-partition; the next one waits for it. */
  readonly #lines = new Map<string, Promise<unknown>>();

  constructor({
    producer,
    codec,
    counts,
  }: { producer: ReplaceableClient<Producer>; codec: EventCodec; counts: PartitionCounts }) {
    this.#producer = producer;
    this.#codec = codec;
    this.#counts = counts;
  }

  async publish(messages: OutgoingMessage[]): Promise<PublishResult[]> {
    const errors = new Map<OutgoingMessage, StreamflixError>();
    const placed = await Promise.all(
      messages.map(async (message) => {
        try {
          return await this.#place(message);
        } catch (error) {
          errors.set(message, toPublishError(error));
          return undefined;
        }
      }),
    );
    const lines = Map.groupBy(
      placed.filter((each) => each !== undefined),
      ({ line }) => line,
    );
    await Promise.all([...lines].map(([line, list]) => this.#sendInOrder(line, list, errors)));
    return messages.map((message) => {
      const error = errors.get(message);
      return error === undefined ? { id: message.id } : { id: message.id, error };
    });
  }

  /** Sends bytes as they are, for dead letters. Throws BUS_UNAVAILABLE. */
  async sendRaw(raw: RawMessage): Promise<void> {
    const partition = await this.#partitionFor(raw);
    await this.#inLine(`${raw.topic} ${partition}`, () => this.#send(raw.topic, partition, [raw]));
  }

  /** Waits for what is under way. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#lines.values());
  }

  async #place(message: OutgoingMessage): Promise<PlacedMessage> {
    const { id, topic, key, value, headers } = message;
    const traceparent = currentTraceparent();
    const raw: RawMessage = {
      topic,
      key: Buffer.from(key),
      value: await this.#codec.encode(topic, value),
      headers: {
        ...(traceparent !== null && { traceparent }),
        ...headers,
        'event-id': id,
        'event-type': topics[topic].event,
        'content-type': 'application/vnd.confluent.avro',
      },
      fallbackPartition: 0,
    };
    const partition = await this.#partitionFor(raw);
    return { message, raw, partition, line: `${topic} ${partition}` };
  }

  async #partitionFor({ topic, key, fallbackPartition }: RawMessage): Promise<number> {
    const count = await this.#counts.of(topic);
    if (count === 0) throw new StreamflixError('BUS_UNAVAILABLE', { message: `there is no topic ${topic}` });
    return key === null ? fallbackPartition % count : partitionOf(key, count);
  }

  async #sendInOrder(line: string, list: PlacedMessage[], errors: Map<OutgoingMessage, StreamflixError>): Promise<void> {
    await this.#inLine(line, async () => {
      let away: StreamflixError | undefined;
      for (const batch of inBatches(list)) {
        const [first] = batch;
        if (first === undefined) continue;
        try {
          // What follows a message that was not taken must not overtake it.
          if (away !== undefined) throw away;
          await this.#send(
            first.raw.topic,
            first.partition,
            batch.map(({ raw }) => raw),
          );
        } catch (thrown) {
          const error = toPublishError(thrown);
          if (error.class === 'dependency') away = error;
          for (const { message } of batch) errors.set(message, error);
        }
      }
    });
  }

  async #send(topic: string, partition: number, batch: RawMessage[]): Promise<void> {
    const messages = batch.map(({ key, value, headers }) => ({ key, value, headers, partition }));
    const beganAt = performance.now();
    try {
      await this.#producer.use((producer) => producer.send({ topic, messages, acks: -1, timeout: sendTimeoutMs }));
    } catch (error) {
      throw toPublishError(error);
    } finally {
      publishSeconds.record((performance.now() - beganAt) / 1000, { topic });
    }
  }

  /** Runs `work` after whatever was queued for the line before. */
  #inLine<T>(line: string, work: () => Promise<T>): Promise<T> {
    const before = this.#lines.get(line) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#lines.set(line, mine);
    const forget = (): void => {
      if (this.#lines.get(line) === mine) this.#lines.delete(line);
    };
    mine.then(forget, forget);
    return mine;
  }
}
