import type { Producer, ProducerRecord } from 'kafkajs';
import { beforeEach, expect, test } from 'vitest';
import type { OutgoingMessage } from './bus.ts';
import type { EventCodec } from './event-codec.ts';
import { partitionOf } from './partition.ts';
import type { PartitionCounts } from './partition-counts.ts';
import { Publisher } from './publisher.ts';
import type { ReplaceableClient } from './replaceable-client.ts';

const partitions = 6;
let sends: ProducerRecord[];
let release: () => void;
let publisher: Publisher;

beforeEach(() => {
  sends = [];
  const held = Promise.withResolvers<void>();
  release = held.resolve;
  const send = async (record: ProducerRecord) => {
    sends.push(record);
    await held.promise;
    return [];
  };
  const producer = { use: (work: (client: Pick<Producer, 'send'>) => Promise<unknown>) => work({ send }) };
  publisher = new Publisher({
    producer: producer as unknown as ReplaceableClient<Producer>,
    codec: { encode: async () => Buffer.from('x') } as unknown as EventCodec,
    counts: { of: async () => partitions } as unknown as PartitionCounts,
  });
});

const messages = (count: number): OutgoingMessage[] =>
  Array.from({ length: count }, (_, index) => {
    const key = `job-${index}`;
    return { id: key, topic: 'job.created', key, value: {}, headers: {} };
  });
const partitionsOf = ({ messages: sent }: ProducerRecord) => new Set(sent.map(({ partition }) => partition));

test('a send takes messages of one partition, and takes them to that one', async () => {
  release();
  await publisher.publish(messages(60));
  expect(sends.flatMap(({ messages: sent }) => sent)).toHaveLength(60);
  for (const send of sends) {
    expect(partitionsOf(send).size).toBe(1);
    for (const { key, partition } of send.messages) expect(partition).toBe(partitionOf(key as Buffer, partitions));
  }
});

test('of one partition one send is under way at a time', async () => {
  const publishing = [publisher.publish(messages(60)), publisher.publish(messages(60))];
  await expect.poll(() => sends.length).toBeGreaterThanOrEqual(partitions);
  await new Promise((resolve) => setImmediate(resolve));
  expect(sends.map((send) => [...partitionsOf(send)][0]).toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
  release();
  await Promise.all(publishing);
  expect(sends).toHaveLength(2 * partitions);
});
