import { setTimeout as delay } from 'node:timers/promises';
import { deadLetterRetentionMs, deadLetterTopicOf, type TopicName, topicNames, topics } from '@streamflix/contracts';
import type { Admin, ITopicConfig } from 'kafkajs';
import type { Config } from '../config/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { AdminConnection } from './admin-connection.ts';
import { createKafkaClient } from './kafka-client.ts';
import { SchemaRegistry } from './schema-registry.ts';

const readyWithinMs = 30_000;
/** A dead letter is the original and its reasons: it must fit where the original just did. */
const deadLetterMaxBytes = 2 * 1024 ** 2;

function topicConfigs(topic: TopicName, replicationFactor: number): ITopicConfig[] {
  const { partitions: numPartitions, retentionMs } = topics[topic];
  // With three replicas an acknowledged message lies on two disks and one broker may be away.
  const minInSync = { name: 'min.insync.replicas', value: String(Math.max(1, replicationFactor - 1)) };
  const configEntries = (retention: number) => [{ name: 'retention.ms', value: String(retention) }, minInSync];
  const maxBytes = { name: 'max.message.bytes', value: String(deadLetterMaxBytes) };
  return [
    { topic, numPartitions, replicationFactor, configEntries: configEntries(retentionMs) },
    {
      topic: deadLetterTopicOf(topic),
      numPartitions,
      replicationFactor,
      configEntries: [...configEntries(deadLetterRetentionMs), maxBytes],
    },
  ];
}

/** Two set-ups at once may both find a topic missing. */
async function createMissing(admin: Admin, wanted: ITopicConfig[]): Promise<string[]> {
  const existing = new Set(await admin.listTopics());
  const missing = wanted.filter(({ topic }) => !existing.has(topic));
  // Waiting for leaders is known to fail where there are several brokers; it is done below.
  if (missing.length > 0) await admin.createTopics({ topics: missing, waitForLeaders: false });
  return missing.map(({ topic }) => topic);
}

/**
 * A new topic is named in the metadata before its leaders take anything: its ends can be asked for once they do. One after the
 * other: of questions asked at once the first to fail ends the connection, and the others would open it again, for ever.
 */
async function areReady(admin: Admin, names: string[]): Promise<boolean> {
  for (const name of names) {
    const partitions = await admin.fetchTopicOffsets(name);
    if (partitions.length === 0) return false;
  }
  return true;
}

/** Repeats a question until it is answered with true. Throws its last error, or that time ran out. */
async function untilTrue(question: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + readyWithinMs;
  for (;;) {
    try {
      if (await question()) return;
      if (Date.now() > until) throw new Error(`not so within ${readyWithinMs} ms`);
    } catch (error) {
      if (Date.now() > until) throw error;
    }
    await delay(200);
  }
}

async function setUpTopics(config: Config['bus'], logger: Logger): Promise<void> {
  const admin = new AdminConnection(createKafkaClient(config, { clientId: 'streamflix-setup', logger }), logger);
  try {
    await untilTrue(async () => {
      const { brokers } = await admin.ask((connection) => connection.describeCluster());
      const wanted = topicNames.flatMap((topic) => topicConfigs(topic, Math.min(3, brokers.length)));
      const created = await admin.ask((connection) => createMissing(connection, wanted), 20_000);
      if (created.length > 0) logger.info({ topics: created }, 'topics created');
      const names = wanted.map(({ topic }) => topic);
      return await admin.ask((connection) => areReady(connection, names));
    });
  } finally {
    await admin.close();
  }
}

async function setUpSchemas({ registryUrl }: Config['bus'], logger: Logger): Promise<void> {
  const registry = new SchemaRegistry(registryUrl);
  await untilTrue(async () => {
    await registry.check();
    return true;
  });
  const ids = await Promise.all(topicNames.map(async (topic) => [topic, await registry.register(topic)]));
  logger.info({ schemas: Object.fromEntries(ids) }, 'schemas registered');
}

/**
 * Creates the topics of the platform and their dead-letter topics, and registers their schemas. Doing it again changes nothing;
 * what an operator changed on a topic that exists stays.
 */
export async function setUpTopicsAndSchemas(config: Config['bus'], logger: Logger): Promise<void> {
  await Promise.all([setUpTopics(config, logger), setUpSchemas(config, logger)]);
}
