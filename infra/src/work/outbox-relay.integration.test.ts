import { StreamflixError } from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { OutgoingMessage } from '../bus/index.ts';
import { createTestLogger } from '../telemetry/index.ts';
import { RecordingBus } from '../testkit/recording-bus.ts';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database.ts';
import { inTransaction, OutboxRelay, type WorkPorts } from './index.ts';

let test_: TestDatabase;
let bus: RecordingBus;
let ports: WorkPorts;
/** Keys of events that Kafka never takes: too large, say. */
const refused = new Set<string>();

/** Takes what comes, but for some events that it will never take. */
class ChoosyBus extends RecordingBus {
  override async publish(messages: OutgoingMessage[]) {
    const results = await super.publish(messages.filter(({ key }) => !refused.has(key)));
    const refusals = messages
      .filter(({ key }) => refused.has(key))
      .map(({ id }) => ({ id, error: new StreamflixError('EVENT_INVALID') }));
    return [...results, ...refusals];
  }
}

beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.drop());
beforeEach(async () => {
  await test_.database.query((db) => db.execute(sql`truncate outbox`));
  refused.clear();
  bus = new ChoosyBus();
  const { database } = test_;
  ports = { database, outbox: new OutboxRelay({ database, bus, logger: createTestLogger() }) };
});

const tell = (jobId: string, reason: string, progress?: number) =>
  inTransaction(ports, async (unit) => {
    const identity = { jobId, tenantId: 'acme', videoId: 'v1', taskId: null };
    if (progress === undefined) unit.emit('job.control', { ...identity, action: 'cancel', requestedBy: 'test', reason });
    else
      unit.emit('job.progress', {
        ...identity,
        stage: 'encode',
        state: 'transcoding',
        taskProgress: progress,
        jobProgress: 0,
        speed: null,
      });
  });
const sweep = (limit = 10) => ports.outbox.sendForgotten({ resendMs: 15_000, limit });
const letTimePass = () =>
  test_.database.query((db) => db.execute(sql`update outbox set created_at = created_at - interval '5 seconds'`));
const told = () => bus.published.map(({ value }) => (value as { reason?: string }).reason);

test.each([Number.NaN, Number.POSITIVE_INFINITY])(
  '%s is refused where the event is born: as JSON it would be null, and never leave',
  async (progress) => {
    await expect(tell('j1', '', progress)).rejects.toMatchObject({ code: 'EVENT_INVALID' });
  },
);

test('events that Kafka refuses for good do not keep the others waiting', async () => {
  refused.add('bad');
  for (const reason of ['bad 1', 'bad 2']) await tell('bad', reason);
  await ports.outbox.drain();
  bus.isAway = true;
  await tell('good', 'good');
  await ports.outbox.drain();
  bus.isAway = false;
  await letTimePass();
  await sweep(2);
  expect(told()).toEqual(['good']);
});

test('an event does not overtake one of the same key that could not be sent', async () => {
  bus.isAway = true;
  await tell('j1', 'first');
  await ports.outbox.drain();
  bus.isAway = false;
  await letTimePass();
  await tell('j1', 'second');
  await tell('j2', 'of another job');
  await ports.outbox.drain();
  expect(told()).toEqual(['of another job']);
  await letTimePass();
  await sweep();
  expect(told()).toEqual(['of another job', 'first', 'second']);
});
