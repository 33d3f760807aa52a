import { StreamflixError } from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import { beforeEach, expect, test } from 'vitest';
import type { OutgoingMessage } from '../bus/index.ts';
import { RecordingBus } from '../testkit/recording-bus.ts';
import { inTransaction } from './index.ts';
import { useWorkBench } from './testkit/work-bench.ts';

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

const bench = useWorkBench(() => new ChoosyBus());
beforeEach(() => refused.clear());

const tell = (jobId: string, reason: string) =>
  inTransaction(bench.ports, async (unit) => {
    const identity = { jobId, tenantId: 'acme', videoId: 'v1', taskId: null };
    unit.emit('job.control', { ...identity, action: 'cancel', requestedBy: 'test', reason });
  });
const sweep = (limit = 10) => bench.ports.outbox.sendForgotten({ resendMs: 15_000, limit });
const letTimePass = () =>
  bench.database.query((db) => db.execute(sql`update outbox set created_at = created_at - interval '5 seconds'`));
const told = () => bench.bus.published.map(({ value }) => (value as { reason?: string }).reason);

test('events that Kafka refuses for good do not keep the others waiting', async () => {
  refused.add('bad');
  for (const reason of ['bad 1', 'bad 2']) await tell('bad', reason);
  await bench.ports.outbox.drain();
  bench.bus.isAway = true;
  await tell('good', 'good');
  await bench.ports.outbox.drain();
  bench.bus.isAway = false;
  await letTimePass();
  await sweep(2);
  expect(told()).toEqual(['good']);
});

test('an event does not overtake one of the same key that could not be sent', async () => {
  bench.bus.isAway = true;
  await tell('j1', 'first');
  await bench.ports.outbox.drain();
  bench.bus.isAway = false;
  await letTimePass();
  await tell('j1', 'second');
  await tell('j2', 'of another job');
  await bench.ports.outbox.drain();
  expect(told()).toEqual(['of another job']);
  await letTimePass();
  await sweep();
  expect(told()).toEqual(['of another job', 'first', 'second']);
});
