import { createTestLogger } from '@streamflix/infra/telemetry';
import { expect, test } from 'vitest';
import { type JobNews, startJobFeed } from './job-feed.ts';

type Tail = Parameters<typeof startJobFeed>[0]['tail'];
type TailOptions = Parameters<Tail>[0];

/** A bus whose subscriptions the test holds in its hand. */
function handBus(failures = 0) {
  const opened: TailOptions[] = [];
  let left = failures;
  let stopped = 0;
  const tail: Tail = async (options) => {
    left -= 1;
    if (left >= 0) throw new Error('Kafka is away');
    opened.push(options);
    const stop = async () => {
      stopped += 1;
    };
    return { stop, health: () => ({ healthy: true }) };
  };
  return { tail, opened, stopped: () => stopped };
}

const context = {} as Parameters<NonNullable<TailOptions['handlers']['job.progress']>>[1];
const progress = { jobId: 'j' } as Parameters<NonNullable<TailOptions['handlers']['job.progress']>>[0];

test('news of a job reach those who watch it, and nobody else', async () => {
  const bus = handBus();
  const feed = startJobFeed(bus, createTestLogger(), 1);
  const seen: [string, JobNews['kind']][] = [];
  const unwatch = feed.watch('j', ({ kind }) => seen.push(['j', kind]));
  feed.watch('j', ({ kind }) => seen.push(['j too', kind]));
  feed.watch('other', ({ kind }) => seen.push(['other', kind]));
  await expect.poll(() => bus.opened).toHaveLength(1);
  await bus.opened[0]?.handlers['job.progress']?.(progress, context);
  unwatch();
  await bus.opened[0]?.handlers['video.failed']?.({ jobId: 'j' } as never, context);
  expect(seen).toEqual([
    ['j', 'progress'],
    ['j too', 'progress'],
    ['j too', 'outcome'],
  ]);
  await feed.stop();
});

test('a bus that is away or crashes is opened again, and watchers keep their place', async () => {
  const bus = handBus(2);
  const feed = startJobFeed(bus, createTestLogger(), 1);
  const seen: string[] = [];
  feed.watch('j', ({ kind }) => seen.push(kind));
  await expect.poll(() => bus.opened).toHaveLength(1);
  bus.opened[0]?.onCrash(new Error('the consumer died'));
  await expect.poll(() => bus.opened).toHaveLength(2);
  await bus.opened[1]?.handlers['job.progress']?.(progress, context);
  expect(seen).toEqual(['progress']);
  await feed.stop();
  expect(bus.stopped()).toBe(2);
});

test('a feed stops while it waits for the bus', async () => {
  const bus = handBus(Number.POSITIVE_INFINITY);
  const feed = startJobFeed(bus, createTestLogger(), 60_000);
  await feed.stop();
  expect(bus.opened).toEqual([]);
});
