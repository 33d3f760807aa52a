import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventSchemas, type JobProgressed, StreamflixError } from '@streamflix/contracts';
import avsc from 'avsc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestLogger } from '../telemetry/index.ts';
import type { Bus } from './bus.ts';
import { partitionOf } from './partition.ts';
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

const neverCrash = (error: Error): void => {
  throw error;
};

const deadLetters = (key: string) => fixture.find(`${quietTopic}.dlt`, key);
const partitionOfJob = (jobId: string): number => partitionOf(Buffer.from(jobId), 6);

/** A job whose events lie in the same partition as another's, or in another one. */
function jobBeside(jobId: string, isSamePartition: boolean): string {
  for (;;) {
    const candidate = crypto.randomUUID();
    if ((partitionOfJob(candidate) === partitionOfJob(jobId)) === isSamePartition) return candidate;
  }
}

async function consume(handler: (event: JobProgressed) => Promise<void>, on: Bus = bus, group?: string) {
  const ownGroup = group ?? (await fixture.newGroup(quietTopic));
  const handlers = { [quietTopic]: handler };
  return { group: ownGroup, subscription: fixture.track(await on.consume({ group: ownGroup, handlers, onCrash: neverCrash })) };
}

/** Registers the schema under a subject of its own, and returns its id as the wire format has it, and how to forget it. */
async function register(schema: object): Promise<{ header: Buffer; forget: () => Promise<unknown> }> {
  const url = `${fixture.config.registryUrl}/subjects/test-${crypto.randomUUID()}-value`;
  const response = await fetch(`${url}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(schema) }),
  });
  const header = Buffer.alloc(5);
  header.writeInt32BE(((await response.json()) as { id: number }).id, 1);
  return { header, forget: () => fetch(url, { method: 'DELETE' }) };
}

const bytesOf = async (schema: object, body: Buffer): Promise<Buffer> => Buffer.concat([(await register(schema)).header, body]);
const stranger = { type: 'record', name: 'JobProgressed', fields: [{ name: 'colour', type: 'string' }] };

test.each<[string, () => Promise<Buffer | null>]>([
  ['no wire format', async () => Buffer.from('{"json": true}')],
  ['a schema nobody registered', async () => Buffer.from([0, 0x7f, 0xff, 0xff, 0x01, 1, 2, 3])],
  ['no value at all', async () => null],
  ['a value that is cut short', () => bytesOf(eventSchemas.JobProgressed, Buffer.from([2]))],
  ['a schema of something else', () => bytesOf(stranger, Buffer.from('\u0006red'))],
])('bytes with %s become a dead letter as they were, and the next message is handled', async (_, write) => {
  const value = await write();
  const jobId = crypto.randomUUID();
  const handled: string[] = [];
  const { group, subscription } = await consume(async (event) => void handled.push(event.jobId));
  await fixture.writeRaw(quietTopic, { key: jobId, value, headers: { origin: 'upstream' }, partition: partitionOfJob(jobId) });
  await bus.publish([toMessage(quietTopic, jobProgressed({ jobId }))]);
  await expect.poll(() => handled).toContain(jobId);
  const [letter, ...others] = (await deadLetters(jobId)).filter(({ headers }) => headers['x-group'] === group);
  expect(others).toEqual([]);
  expect(letter?.value).toEqual(value);
  expect(letter?.headers).toMatchObject({
    origin: 'upstream',
    'x-origin-topic': quietTopic,
    'x-origin-partition': String(partitionOfJob(jobId)),
    'x-origin-offset': expect.stringMatching(/^\d+$/),
    'x-error-code': 'MESSAGE_UNDECODABLE',
    'x-error-signature': expect.stringMatching(/^[0-9a-f]{16}$/),
    'x-attempts': '1',
    'x-first-seen': expect.stringMatching(/^\d{4}-/),
  });
  await subscription.stop();
});

test('a handler that fails for an unknown reason has three tries, then the message is put aside', async () => {
  const jobId = crypto.randomUUID();
  let tries = 0;
  const { subscription } = await consume(async (event) => {
    if (event.jobId !== jobId) return;
    tries += 1;
    throw new TypeError('x is undefined');
  });
  await bus.publish([toMessage(quietTopic, jobProgressed({ jobId }))]);
  await expect.poll(async () => (await deadLetters(jobId)).length, { timeout: 10_000 }).toBe(1);
  expect(tries).toBe(3);
  const [letter] = await deadLetters(jobId);
  expect(letter?.headers).toMatchObject({
    'x-error-code': 'INTERNAL_ERROR',
    'x-error-message': 'x is undefined',
    'x-attempts': '3',
    'event-type': 'JobProgressed',
  });
  await subscription.stop();
});

test('bad input is put aside at the first try', async () => {
  const jobId = crypto.randomUUID();
  let tries = 0;
  const { subscription } = await consume(async (event) => {
    if (event.jobId !== jobId) return;
    tries += 1;
    throw new StreamflixError('EVENT_INVALID');
  });
  await bus.publish([toMessage(quietTopic, jobProgressed({ jobId }))]);
  await expect.poll(async () => (await deadLetters(jobId)).length, { timeout: 10_000 }).toBe(1);
  expect(tries).toBe(1);
  await subscription.stop();
});

test('while a server is away its message waits in its place, and other partitions go on', async () => {
  const jobId = crypto.randomUUID();
  const [behind, elsewhere] = [jobBeside(jobId, true), jobBeside(jobId, false)];
  const handled: string[] = [];
  let tries = 0;
  let isAway = true;
  const { subscription } = await consume(async (event) => {
    if (event.jobId === jobId) {
      tries += 1;
      if (isAway) throw new StreamflixError('DATABASE_UNAVAILABLE');
    }
    handled.push(event.jobId);
  });
  await bus.publish([jobId, behind, elsewhere].map((each) => toMessage(quietTopic, jobProgressed({ jobId: each }))));
  await expect.poll(() => tries, { timeout: 10_000 }).toBeGreaterThan(2);
  expect(handled).toEqual([elsewhere]);
  await bus.publish([toMessage(quietTopic, jobProgressed({ jobId: elsewhere }))]);
  await expect.poll(() => handled).toEqual([elsewhere, elsewhere]);
  isAway = false;
  await expect.poll(() => handled, { timeout: 15_000 }).toEqual([elsewhere, elsewhere, jobId, behind]);
  expect(await deadLetters(jobId)).toEqual([]);
  await subscription.stop();
});

test('a message that waits when its consumer stops is taken by the next one', async () => {
  const jobId = crypto.randomUUID();
  let tries = 0;
  const first = await consume(async (event) => {
    if (event.jobId !== jobId) return;
    tries += 1;
    throw new StreamflixError('STORE_UNAVAILABLE');
  });
  await bus.publish([toMessage(quietTopic, jobProgressed({ jobId }))]);
  await expect.poll(() => tries).toBeGreaterThan(0);
  await first.subscription.stop();
  const handled: string[] = [];
  const second = await consume(async (event) => void handled.push(event.jobId), bus, first.group);
  await expect.poll(() => handled, { timeout: 10_000 }).toContain(jobId);
  await second.subscription.stop();
});

test('an upstream with an older schema in a namespace of its own is read in our shape', async () => {
  const record = {
    type: 'record',
    name: 'JobProgressed',
    namespace: 'com.upstream.media',
    fields: [
      ...['eventId', 'tenantId', 'videoId', 'jobId', 'stage', 'state', 'extra'].map((name) => ({ name, type: 'string' })),
      { name: 'occurredAt', type: 'long' },
      { name: 'taskId', type: ['null', 'string'] },
      { name: 'speed', type: ['null', 'double'] },
      { name: 'taskProgress', type: 'float' },
      { name: 'jobProgress', type: 'int' },
    ],
  };
  const { extra: _extra, ...event } = { ...jobProgressed({ taskProgress: 0.5, jobProgress: 1 }), extra: 'unknown to us' };
  const { header, forget } = await register(record);
  const body = avsc.Type.forSchema(structuredClone(record) as unknown as avsc.Schema).toBuffer({
    ...event,
    extra: 'unknown to us',
  });
  const received: JobProgressed[] = [];
  const { subscription } = await consume(async (each) => void (each.jobId === event.jobId && received.push(each)));
  await fixture.writeRaw(quietTopic, { key: event.jobId, value: Buffer.concat([header, body]) });
  await expect.poll(() => received.map((each) => ({ ...each }))).toEqual([event]);
  await subscription.stop();
  await forget();
});

test('while the registry is away messages wait and none is put aside', async () => {
  let isAway = true;
  let refusals = 0;
  const gate = createServer((request, response) => {
    if (isAway) {
      refusals += 1;
      response.writeHead(503).end();
      return;
    }
    const { pathname } = new URL(fixture.config.registryUrl);
    void fetch(new URL(request.url ?? '', fixture.config.registryUrl), { method: request.method ?? 'GET' }).then(
      async (answer) => response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text()),
      () => response.writeHead(502).end(pathname),
    );
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  const { port } = gate.address() as AddressInfo;
  const registryUrl = `http://127.0.0.1:${port}${new URL(fixture.config.registryUrl).pathname}`;
  const cutOff = await fixture.connect({ registryUrl });
  const event = jobProgressed();
  const handled: string[] = [];
  const { subscription } = await consume(async ({ jobId }) => void handled.push(jobId), cutOff);
  await bus.publish([toMessage(quietTopic, event)]);
  await expect.poll(() => refusals, { timeout: 10_000 }).toBeGreaterThan(1);
  await expect(cutOff.check()).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  const [result] = await cutOff.publish([toMessage(quietTopic, jobProgressed())]);
  expect(result?.error).toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  expect(handled).toEqual([]);
  isAway = false;
  await expect.poll(() => handled, { timeout: 15_000 }).toEqual([event.jobId]);
  expect(await deadLetters(event.jobId)).toEqual([]);
  await subscription.stop();
  gate.close();
  gate.closeAllConnections();
});

test('without Kafka a publish fails for each message, a check fails, and a consumer says so', async () => {
  const nowhere = await fixture.connect({ brokers: ['127.0.0.1:1'] });
  const messages = [jobProgressed(), jobProgressed()].map((event) => toMessage(quietTopic, event));
  const results = await nowhere.publish(messages);
  expect(results.map(({ error }) => error?.code)).toEqual(['BUS_UNAVAILABLE', 'BUS_UNAVAILABLE']);
  await expect(nowhere.check()).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
  const opening = nowhere.consume({ group: 'nobody', handlers: { [quietTopic]: async () => undefined }, onCrash: neverCrash });
  await expect(opening).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
});
