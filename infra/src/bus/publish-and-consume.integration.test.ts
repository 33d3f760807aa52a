import type { JobProgressed } from '@streamflix/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestLogger, startTelemetry, type Telemetry, withSpan } from '../telemetry/index.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../testkit/otlp-receiver.ts';
import type { Bus, MessageContext, OutgoingMessage } from './bus.ts';
import { partitionOf } from './partition.ts';
import { setUpTopicsAndSchemas } from './set-up.ts';
import { BusFixture, jobProgressed, quietTopic, toMessage } from './testkit/bus-fixture.ts';

const fixture = new BusFixture();
let bus: Bus;
let receiver: OtlpReceiver;
let telemetry: Telemetry;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  telemetry = startTelemetry('bus-test', { logLevel: 'error', otlpEndpoint: receiver.url });
  await fixture.open();
  await setUpTopicsAndSchemas(fixture.config, createTestLogger());
  bus = await fixture.connect();
});

afterAll(async () => {
  await fixture.close();
  await receiver.close();
});

const neverCrash = (error: Error): void => {
  throw error;
};

test('an event arrives as it was sent, with its key, its headers and the partition other clients would choose', async () => {
  const group = await fixture.newGroup(quietTopic);
  const received: { event: JobProgressed; context: MessageContext }[] = [];
  const handlers = {
    [quietTopic]: async (event: JobProgressed, context: MessageContext) => void received.push({ event, context }),
  };
  const subscription = fixture.track(await bus.consume({ group, handlers, onCrash: neverCrash }));
  const event = jobProgressed({ speed: 1.5 });
  expect(await bus.publish([toMessage(quietTopic, event, { 'x-own': 'kept' })])).toEqual([{ id: event.eventId }]);
  await expect.poll(() => received.length).toBe(1);
  expect({ ...received[0]?.event }).toEqual(event);
  expect(received[0]?.context).toMatchObject({
    topic: quietTopic,
    key: event.jobId,
    partition: partitionOf(Buffer.from(event.jobId), 6),
    headers: { 'event-id': event.eventId, 'event-type': 'JobProgressed', 'x-own': 'kept' },
  });
  expect(subscription.health()).toEqual({ healthy: true });
  await subscription.stop();
  expect(subscription.health().healthy).toBe(false);
});

test('a group that begins reads what was published before, and what it handled does not come again', async () => {
  const before = { jobId: crypto.randomUUID() };
  const group = `test-${crypto.randomUUID()}`;
  const control = (action: string) => ({
    eventId: crypto.randomUUID(),
    occurredAt: Date.now(),
    tenantId: 'acme',
    videoId: 'video-1',
    taskId: null,
    requestedBy: 'test',
    reason: null,
    action,
    ...before,
  });
  await bus.publish([toMessage('job.control', control('first'))]);
  const seen: string[] = [];
  const open = () =>
    bus.consume({
      group,
      handlers: { 'job.control': async ({ jobId, action }) => void (jobId === before.jobId && seen.push(action)) },
      onCrash: neverCrash,
    });
  const first = fixture.track(await open());
  await expect.poll(() => seen).toEqual(['first']);
  await first.stop();
  const second = fixture.track(await open());
  await bus.publish([toMessage('job.control', control('second'))]);
  await expect.poll(() => seen).toEqual(['first', 'second']);
  await second.stop();
});

test('many events over all partitions: none is lost, each key keeps its order, results come in the order given', async () => {
  const group = await fixture.newGroup(quietTopic);
  const jobIds = Array.from({ length: 30 }, () => crypto.randomUUID());
  const messages: OutgoingMessage[] = [];
  for (let step = 0; step < 20; step += 1) {
    for (const jobId of jobIds) messages.push(toMessage(quietTopic, jobProgressed({ jobId, jobProgress: step / 20 })));
  }
  const steps = new Map<string, number[]>(jobIds.map((jobId) => [jobId, []]));
  const handler = async ({ jobId, jobProgress }: JobProgressed) => void steps.get(jobId)?.push(jobProgress);
  const subscription = fixture.track(await bus.consume({ group, handlers: { [quietTopic]: handler }, onCrash: neverCrash }));
  const halves = await Promise.all([bus.publish(messages.slice(0, 300)), bus.publish(messages.slice(300))]);
  expect(halves.flat()).toEqual(messages.map(({ id }) => ({ id })));
  const inOrder = Array.from({ length: 20 }, (_, step) => step / 20);
  await expect.poll(() => [...steps.values()].flat().length, { timeout: 20_000 }).toBe(600);
  for (const jobId of jobIds) expect(steps.get(jobId)).toEqual(inOrder);
  await subscription.stop();
});

test('an event that breaks its schema fails alone', async () => {
  const good = [jobProgressed(), jobProgressed()].map((event) => toMessage(quietTopic, event));
  const bad = { ...toMessage(quietTopic, jobProgressed()), value: { jobId: 3 } };
  const [first, broken, last] = await bus.publish([...good.slice(0, 1), bad, ...good.slice(1)]);
  expect([first?.error, last?.error]).toEqual([undefined, undefined]);
  expect(broken?.error).toMatchObject({ code: 'EVENT_INVALID' });
});

test('an event that is too large for Kafka fails alone', async () => {
  const large = toMessage(quietTopic, jobProgressed({ stage: 'x'.repeat(2_000_000) }));
  const small = toMessage(quietTopic, jobProgressed());
  const [first, second] = await bus.publish([large, small]);
  expect(first?.error).toMatchObject({ code: 'EVENT_INVALID' });
  expect(second?.error).toBeUndefined();
});

test('the span of a handler is a child of what published the event', async () => {
  const group = await fixture.newGroup(quietTopic);
  const event = jobProgressed();
  const handled: string[] = [];
  const handler = async ({ eventId }: JobProgressed) => void handled.push(eventId);
  const subscription = fixture.track(await bus.consume({ group, handlers: { [quietTopic]: handler }, onCrash: neverCrash }));
  await withSpan('upload', {}, () => bus.publish([toMessage(quietTopic, event)]));
  await expect.poll(() => handled).toContain(event.eventId);
  await subscription.stop();
  const metrics = await telemetry.renderMetrics();
  await telemetry.shutdown();
  const spans = receiver.spans();
  const upload = spans.find(({ name }) => name === 'upload');
  const child = spans.find(({ name, parentSpanId }) => name === 'job.progress process' && parentSpanId === upload?.spanId);
  expect(child).toMatchObject({ traceId: upload?.traceId, attributes: { 'messaging.consumer.group.name': group } });
  expect(metrics).toMatch(/^streamflix_messages_total\{.*outcome="ok".*\} \d+/m);
  expect(metrics).toMatch(/^streamflix_publish_duration_seconds_count\{.*topic="job.progress".*\} \d+/m);
});

test('every tail sees every event from now on, passes over what fails, and leaves no group behind', async () => {
  const own = { jobId: crypto.randomUUID() };
  await bus.publish([toMessage(quietTopic, jobProgressed({ ...own, stage: 'before' }))]);
  const other = await fixture.connect();
  const seen: string[][] = [[], []];
  const tails = await Promise.all(
    [bus, other].map((each, index) =>
      each.tail({
        name: `test-${own.jobId}`,
        handlers: {
          [quietTopic]: async ({ jobId, stage }: JobProgressed) => {
            if (jobId === own.jobId) seen[index]?.push(stage);
            throw new Error('nobody is hurt');
          },
        },
        onCrash: neverCrash,
      }),
    ),
  );
  for (const each of tails) fixture.track(each);
  const stages = ['one', 'two', 'three'];
  for (const stage of stages) await bus.publish([toMessage(quietTopic, jobProgressed({ ...own, stage }))]);
  await expect.poll(() => seen).toEqual([stages, stages]);
  await Promise.all(tails.map((each) => each.stop()));
  expect((await fixture.groups()).filter((group) => group.includes(own.jobId))).toEqual([]);
  expect(await fixture.find(`${quietTopic}.dlt`, own.jobId)).toEqual([]);
});

test('ids are read back in batches, and again when they could not be noted', async () => {
  const group = await fixture.newGroup(quietTopic);
  const noted = new Set<string>();
  let calls = 0;
  const onBatch = async (eventIds: string[]): Promise<void> => {
    calls += 1;
    if (calls === 1) throw new Error('the database is away');
    for (const id of eventIds) noted.add(id);
  };
  const subscription = fixture.track(await bus.readBack({ group, topics: [quietTopic], onBatch, onCrash: neverCrash }));
  await fixture.writeRaw(quietTopic, { key: 'stranger', value: Buffer.from('no event, no id') });
  const events = Array.from({ length: 50 }, () => jobProgressed());
  await bus.publish(events.map((event) => toMessage(quietTopic, event)));
  const missing = () => events.filter(({ eventId }) => !noted.has(eventId)).length;
  await expect.poll(missing, { timeout: 10_000 }).toBe(0);
  expect(noted.has('undefined')).toBe(false);
  await subscription.stop();
});
