import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { JobProgressed } from '@streamflix/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStack, startServer, stopServer, stopStack } from '../../local/src/index.ts';
import type { Config } from '../config/index.ts';
import { createTestLogger } from '../telemetry/index.ts';
import type { Bus, OutgoingMessage } from './bus.ts';
import { connectBus } from './connect-bus.ts';
import { setUpTopicsAndSchemas } from './set-up.ts';
import { jobProgressed, quietTopic, toMessage } from './testkit/bus-fixture.ts';

/** How long Kafka is away: longer than the session of a consumer, so that it is thrown out of its group meanwhile. */
const awayMs = Number(process.env.TEST_OUTAGE_SECONDS ?? 35) * 1000;
const logger = createTestLogger();

/** A Kafka of this test's own: it is stopped under the bus. The other servers are those of the environment. */
let dir: string;
let config: Config['bus'];
let bus: Bus;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'streamflix-outage-'));
  const { KAFKA_BROKERS: _elsewhere, ...environment } = process.env;
  const { env } = await openStack({ dir, environment });
  config = { brokers: env.KAFKA_BROKERS.split(','), registryUrl: env.SCHEMA_REGISTRY_URL, fetchWaitMs: 3_000 };
  await setUpTopicsAndSchemas(config, logger);
  bus = await connectBus(config, { clientId: 'outage', logger });
}, 300_000);

afterAll(async () => {
  await bus.close();
  await stopStack(dir);
  await rm(dir, { recursive: true, force: true });
}, 60_000);

/** Publishes as the outbox does: what was not taken is sent again under the same id. */
async function publishUntilTaken(messages: OutgoingMessage[]): Promise<number> {
  let left = messages;
  let refusals = 0;
  while (left.length > 0) {
    const results = await bus.publish(left);
    const failed = new Set(results.filter(({ error }) => error !== undefined).map(({ id }) => id));
    left = left.filter(({ id }) => failed.has(id));
    refusals += failed.size;
    if (left.length > 0) await delay(500);
  }
  return refusals;
}

test('Kafka goes away and comes back: nobody crashes, nothing is lost, and everything goes on by itself', async () => {
  const crashes: Error[] = [];
  const onCrash = (error: Error): void => void crashes.push(error);
  const handled = new Set<string>();
  const handlers = { [quietTopic]: async ({ eventId }: JobProgressed) => void handled.add(eventId) };
  const consumer = await bus.consume({ group: 'outage', handlers, onCrash });
  const readBack = new Set<string>();
  const noted = async (eventIds: string[]): Promise<void> => void eventIds.map((id) => readBack.add(id));
  await bus.readBack({ group: 'outage-read-back', topics: [quietTopic], onBatch: noted, onCrash });
  const tailed = new Set<string>();
  const watch = { [quietTopic]: async ({ eventId }: JobProgressed) => void tailed.add(eventId) };
  await bus.tail({ name: 'outage', handlers: watch, onCrash });

  const batch = () => Array.from({ length: 40 }, () => toMessage(quietTopic, jobProgressed()));
  const before = batch();
  expect(await publishUntilTaken(before)).toBe(0);
  await expect.poll(() => handled.size, { timeout: 10_000 }).toBe(before.length);

  await stopServer(dir, 'kafka', 'SIGKILL');
  const during = batch();
  const publishing = publishUntilTaken(during);
  await delay(awayMs);
  await expect(bus.check()).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
  await startServer(dir, 'kafka');
  expect(await publishing).toBeGreaterThan(0);

  const after = batch();
  await publishUntilTaken(after);
  const sent = [...before, ...during, ...after].map(({ id }) => id);
  const missing = (seen: Set<string>) => sent.filter((id) => !seen.has(id)).length;
  await expect.poll(() => [missing(handled), missing(readBack)], { timeout: 90_000 }).toEqual([0, 0]);
  const last = toMessage(quietTopic, jobProgressed());
  await publishUntilTaken([last]);
  await expect.poll(() => tailed.has(last.id), { timeout: 60_000 }).toBe(true);
  expect(crashes).toEqual([]);
  expect(consumer.health()).toEqual({ healthy: true });
}, 600_000);
