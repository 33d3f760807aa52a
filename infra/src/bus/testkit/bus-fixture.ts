import { type EventOf, type TopicName, topics } from '@streamflix/contracts';
import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs';
import { v7 as uuidv7 } from 'uuid';
import { createTestLogger } from '../../telemetry/index.ts';
import type { Bus, OutgoingMessage, Subscription } from '../bus.ts';
import { connectBus } from '../connect-bus.ts';
import { readHeaders } from '../message-headers.ts';

function endpoint(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: bring the stack up first (npm run stack -- up) and load its env`);
  return value;
}

export interface FoundMessage {
  partition: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, string>;
}

/** What is shown, one a second, to who watches a job: the topic that no group of the platform reads. */
export const quietTopic = 'job.progress' satisfies TopicName;

export const jobProgressed = (change: Partial<EventOf<'job.progress'>> = {}): EventOf<'job.progress'> => ({
  eventId: uuidv7(),
  occurredAt: Date.now(),
  tenantId: 'acme',
  videoId: 'video-1',
  jobId: uuidv7(),
  taskId: null,
  stage: 'encode',
  state: 'transcoding',
  taskProgress: 0.25,
  jobProgress: 0.125,
  speed: null,
  ...change,
});

export const toMessage = <T extends TopicName>(topic: T, event: EventOf<T>, headers = {}): OutgoingMessage => ({
  id: event.eventId,
  topic,
  key: String((event as unknown as Record<string, unknown>)[topics[topic].key]),
  value: event,
  headers,
});

/** A bus on the servers of the environment, and a second client beside it that writes and reads as a stranger would. */
export class BusFixture {
  readonly config = {
    brokers: endpoint('KAFKA_BROKERS').split(','),
    registryUrl: endpoint('SCHEMA_REGISTRY_URL'),
    fetchWaitMs: 1_000,
  };
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #producer: Producer;
  readonly #buses: Bus[] = [];
  readonly #subscriptions: Subscription[] = [];

  constructor() {
    this.#kafka = new Kafka({ clientId: 'stranger', brokers: this.config.brokers, logLevel: logLevel.NOTHING });
    this.#admin = this.#kafka.admin();
    this.#producer = this.#kafka.producer();
  }

  async open(): Promise<void> {
    await Promise.all([this.#admin.connect(), this.#producer.connect()]);
  }

  async connect(change: Partial<BusFixture['config']> = {}): Promise<Bus> {
    const bus = await connectBus({ ...this.config, ...change }, { clientId: 'test', logger: createTestLogger() });
    this.#buses.push(bus);
    return bus;
  }

  /** Stops what a test opened. */
  track<T extends Subscription>(subscription: T): T {
    this.#subscriptions.push(subscription);
    return subscription;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#subscriptions.map((each) => each.stop()));
    await Promise.all(this.#buses.map((bus) => bus.close()));
    await Promise.all([this.#admin.disconnect(), this.#producer.disconnect()]);
  }

  /** A group that begins now, whatever lies in the topic from before. */
  async newGroup(topic: TopicName): Promise<string> {
    const groupId = `test-${uuidv7()}`;
    const ends = await this.#admin.fetchTopicOffsets(topic);
    // The admin's way to set offsets takes five seconds.
    const consumer = this.#kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
    const joined = Promise.withResolvers<void>();
    consumer.on(consumer.events.GROUP_JOIN, () => joined.resolve());
    await consumer.connect();
    await consumer.subscribe({ topic });
    await consumer.run({ autoCommit: false, eachMessage: async () => undefined });
    await joined.promise;
    await consumer.commitOffsets(ends.map(({ partition, high }) => ({ topic, partition, offset: high })));
    await consumer.disconnect();
    return groupId;
  }

  async writeRaw(
    topic: string,
    message: { key: string; value: Buffer | null; headers?: Record<string, string>; partition?: number },
  ): Promise<void> {
    await this.#producer.send({ topic, messages: [message] });
  }

  /** Everything that lies in the topic under the key. */
  async find(topic: string, key: string): Promise<FoundMessage[]> {
    const groupId = `test-find-${uuidv7()}`;
    const ends = await this.#admin.fetchTopicOffsets(topic);
    const left = new Map(ends.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, BigInt(high)]));
    if (left.size === 0) return [];
    const found: FoundMessage[] = [];
    const done = Promise.withResolvers<void>();
    const consumer = this.#kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        if (message.key?.toString() === key) {
          found.push({ partition, key: message.key, value: message.value, headers: readHeaders(message.headers) });
        }
        if (BigInt(message.offset) + 1n >= (left.get(partition) ?? 0n)) left.delete(partition);
        if (left.size === 0) done.resolve();
      },
    });
    await done.promise;
    await consumer.disconnect();
    await this.#admin.deleteGroups([groupId]);
    return found;
  }

  async describeTopic(topic: string): Promise<{ partitions: number; settings: Record<string, string> }> {
    const { topics: found } = await this.#admin.fetchTopicMetadata({ topics: [topic] });
    const { resources } = await this.#admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: topic }],
    });
    const entries = resources[0]?.configEntries ?? [];
    return {
      partitions: found[0]?.partitions.length ?? 0,
      settings: Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue])),
    };
  }

  async groups(): Promise<string[]> {
    return (await this.#admin.listGroups()).groups.map(({ groupId }) => groupId);
  }
}
