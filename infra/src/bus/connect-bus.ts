import { randomUUID } from 'node:crypto';
import { type EventOf, hasCode, type TopicName } from '@streamflix/contracts';
import type { Batch, Kafka, KafkaMessage, Producer } from 'kafkajs';
import type { Config } from '../config/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { AdminConnection } from './admin-connection.ts';
import type {
  Bus,
  ConsumeOptions,
  OutgoingMessage,
  PublishResult,
  ReadBackOptions,
  ReadDeadLettersOptions,
  ReadThroughOptions,
  ReplayOrder,
  Subscription,
  TailOptions,
} from './bus.ts';
import { deadLetterTopics, readDeadLetter, toKafkaHeaders } from './dead-letter.ts';
import { EventCodec } from './event-codec.ts';
import { type BatchContext, GroupConsumer, type GroupConsumerOptions } from './group-consumer.ts';
import { createKafkaClient } from './kafka-client.ts';
import { MessageHandler } from './message-handler.ts';
import { readHeaders } from './message-headers.ts';
import { PartitionCounts } from './partition-counts.ts';
import { connectProducer } from './producer.ts';
import { Publisher } from './publisher.ts';
import { readThrough } from './read-through.ts';
import type { ReplaceableClient } from './replaceable-client.ts';
import { replayHeaders } from './replay.ts';
import { SchemaRegistry } from './schema-registry.ts';
import { TailHandler } from './tail-handler.ts';
import { wholeBatches } from './whole-batches.ts';

type Opening = Omit<GroupConsumerOptions, 'kafka' | 'admin' | 'logger' | 'fetchWaitMs'>;

const topicsOf = (handlers: ConsumeOptions['handlers']): TopicName[] => Object.keys(handlers) as TopicName[];

/** One message after the other; stops at the first that must wait. */
async function handleInOrder(
  handler: Pick<MessageHandler, 'handle'>,
  batch: Batch,
  { signal, resolve, heartbeat, mayGoOn }: BatchContext,
): Promise<{ pauseMs: number } | undefined> {
  for (const message of batch.messages) {
    if (!mayGoOn()) return undefined;
    const outcome = await handler.handle({ topic: batch.topic as TopicName, partition: batch.partition, message, signal });
    if (outcome.kind === 'wait') return { pauseMs: outcome.delayMs };
    resolve(message.offset);
    await heartbeat();
  }
  return undefined;
}

class KafkaBus implements Bus {
  readonly #kafka: Kafka;
  readonly #logger: Logger;
  readonly #fetchWaitMs: number;
  readonly #admin: AdminConnection;
  readonly #registry: SchemaRegistry;
  readonly #codec: EventCodec;
  readonly #producer: ReplaceableClient<Producer>;
  readonly #publisher: Publisher;
  readonly #open = new Set<Subscription>();

  constructor(config: Config['bus'], { clientId, logger }: { clientId: string; logger: Logger }) {
    this.#logger = logger;
    this.#fetchWaitMs = config.fetchWaitMs;
    this.#kafka = createKafkaClient(config, { clientId, logger });
    this.#admin = new AdminConnection(this.#kafka, logger);
    this.#registry = new SchemaRegistry(config.registryUrl);
    this.#codec = new EventCodec(this.#registry);
    this.#producer = connectProducer(this.#kafka, logger);
    const counts = new PartitionCounts(this.#admin);
    this.#publisher = new Publisher({ producer: this.#producer, codec: this.#codec, counts });
  }

  publish(messages: OutgoingMessage[]): Promise<PublishResult[]> {
    return this.#publisher.publish(messages);
  }

  async consume({ group, handlers, onReplayed, onCrash }: ConsumeOptions): Promise<Subscription> {
    const logger = this.#logger.child({ group });
    const handler = new MessageHandler({
      ...{ group, handlers, onReplayed, logger },
      codec: this.#codec,
      publisher: this.#publisher,
    });
    return await this.#subscribe({
      group,
      topics: topicsOf(handlers),
      fromBeginning: true,
      onBatch: (batch, context) => handleInOrder(handler, batch, context),
      onCrash,
    });
  }

  async tail({ name, handlers, onCrash }: TailOptions): Promise<Subscription> {
    const group = `tail-${name}-${randomUUID()}`;
    const logger = this.#logger.child({ tail: name });
    const handler = new TailHandler({ name, handlers, codec: this.#codec, logger });
    const subscription = await this.#subscribe({
      group,
      topics: topicsOf(handlers),
      fromBeginning: false,
      onBatch: (batch, context) => handleInOrder(handler, batch, context),
      onCrash,
    });
    const stop = async (): Promise<void> => {
      await subscription.stop();
      // One that is left behind does no harm: Kafka forgets an empty group by itself.
      await this.#admin
        .ask((admin) => admin.deleteGroups([group]))
        .catch((error: unknown) => logger.debug({ err: error }, 'group left'));
    };
    return { stop, health: () => subscription.health() };
  }

  async readBack({ group, topics, onBatch, onCrash }: ReadBackOptions): Promise<Subscription> {
    const readIds = async ({ messages }: Batch): Promise<void> => {
      const ids = messages.map(({ headers }) => readHeaders(headers)['event-id']).filter((id) => id !== undefined);
      if (ids.length > 0) await onBatch(ids);
    };
    return await this.#readWhole({ group, topics, onCrash }, readIds);
  }

  async readDeadLetters({ group, onBatch, onCrash }: ReadDeadLettersOptions): Promise<Subscription> {
    const readLetters = ({ topic, partition, messages }: Batch): Promise<void> =>
      onBatch(messages.map((message) => readDeadLetter(topic, partition, message)));
    return await this.#readWhole({ group, topics: deadLetterTopics, onCrash }, readLetters);
  }

  async replay({ topic, partition, key, value, headers, replay }: ReplayOrder): Promise<void> {
    const all = { ...toKafkaHeaders(headers), ...replayHeaders(replay) };
    await this.#publisher.sendRaw({ topic, key, value, headers: all, fallbackPartition: partition });
  }

  decode<T extends TopicName>(topic: T, bytes: Buffer | null): Promise<EventOf<T>> {
    return this.#codec.decode(topic, bytes, { asksAgain: true });
  }

  async readThrough({ topics, from, wants, onEvent, signal }: ReadThroughOptions): Promise<void> {
    const logger = this.#logger;
    const onMessage = async (topic: TopicName, { key, value, offset }: KafkaMessage): Promise<void> => {
      if (!wants(key?.toString() ?? '')) return;
      try {
        onEvent(topic, await this.#codec.decode(topic, value));
      } catch (error) {
        if (!hasCode(error, 'MESSAGE_UNDECODABLE')) throw error;
        logger.debug({ err: error, topic, offset }, 'a message was passed over');
      }
    };
    await readThrough({ kafka: this.#kafka, admin: this.#admin, logger, topics, from, onMessage, signal });
  }

  async check(): Promise<void> {
    await Promise.all([this.#admin.ask((admin) => admin.describeCluster(), 3_000), this.#registry.check()]);
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#open].map((subscription) => subscription.stop()));
    await this.#publisher.drain();
    await Promise.allSettled([this.#producer.close(), this.#admin.close()]);
  }

  /** Takes batches as they come, each until its reader succeeded. */
  async #readWhole(
    opening: Omit<Opening, 'fromBeginning' | 'onBatch'>,
    read: (batch: Batch) => Promise<void>,
  ): Promise<Subscription> {
    return await this.#subscribe({ ...opening, fromBeginning: true, onBatch: wholeBatches(read, this.#logger) });
  }

  async #subscribe(opening: Opening): Promise<Subscription> {
    const consumer = await GroupConsumer.open({
      ...opening,
      kafka: this.#kafka,
      admin: this.#admin,
      logger: this.#logger,
      fetchWaitMs: this.#fetchWaitMs,
    });
    this.#open.add(consumer);
    const stop = async (): Promise<void> => {
      this.#open.delete(consumer);
      await consumer.stop();
    };
    return { stop, health: () => consumer.health() };
  }
}

/** Connects at first use: a process starts while Kafka or the registry are away, and waits for them where it needs them. */
export async function connectBus(config: Config['bus'], options: { clientId: string; logger: Logger }): Promise<Bus> {
  return new KafkaBus(config, options);
}
