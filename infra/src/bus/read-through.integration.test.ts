import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestLogger } from '../telemetry/index.ts';
import type { Bus } from './bus.ts';
import { setUpTopicsAndSchemas } from './set-up.ts';
import { BusFixture, jobProgressed, quietTopic, toMessage } from './testkit/bus-fixture.ts';

const fixture = new BusFixture();
let bus: Bus;

beforeAll(async () => {
  await fixture.open();
  await setUpTopicsAndSchemas(fixture.config, createTestLogger());
  bus = await fixture.connect();
});
afterAll(() => fixture.close());

const publish = async (count: number, jobId = crypto.randomUUID()): Promise<string[]> => {
  const messages = Array.from({ length: count }, () => toMessage(quietTopic, jobProgressed({ jobId })));
  const results = await bus.publish(messages);
  expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
  return messages.map(({ id }) => id);
};

async function read(from: Date, wants: (key: string) => boolean = () => true): Promise<string[]> {
  const seen: string[] = [];
  await bus.readThrough({ topics: [quietTopic], from, wants, onEvent: (_topic, { eventId }) => void seen.push(eventId) });
  return seen;
}

test('everything since a moment is read once, up to where the topic ends, and no group is left behind', async () => {
  await publish(20);
  await delay(10);
  const from = new Date();
  const sent = [...(await publish(300)), ...(await publish(40))];
  const seen = await read(from);
  expect(seen).toHaveLength(sent.length);
  expect(new Set(seen)).toEqual(new Set(sent));
  expect((await fixture.groups()).filter((group) => group.startsWith('read-'))).toEqual([]);
});

test('of keys nobody asked for nothing is decoded, and what cannot be decoded is passed over', async () => {
  const from = new Date();
  const jobId = crypto.randomUUID();
  await publish(3);
  await fixture.writeRaw(quietTopic, { key: jobId, value: Buffer.from('not an event') });
  const sent = await publish(2, jobId);
  expect(await read(from, (key) => key === jobId)).toEqual(sent);
});

test('a topic that ended before the moment is read at once', async () => {
  expect(await read(new Date(Date.now() + 3_600_000))).toEqual([]);
});

test('what the reader throws ends the reading, and so does its signal', async () => {
  const from = new Date();
  await publish(1);
  const wants = () => true;
  const onEvent = () => {
    throw new Error('enough');
  };
  await expect(bus.readThrough({ topics: [quietTopic], from, wants, onEvent })).rejects.toThrow('enough');
  const signal = AbortSignal.timeout(1);
  await expect(bus.readThrough({ topics: [quietTopic], from, wants, onEvent: () => undefined, signal })).rejects.toThrow(
    'timeout',
  );
});

test('a Kafka that is away is told as such', async () => {
  const lost = await fixture.connect({ brokers: ['127.0.0.1:9'] });
  const reading = lost.readThrough({ topics: [quietTopic], from: new Date(0), wants: () => true, onEvent: () => undefined });
  await expect(reading).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
});
