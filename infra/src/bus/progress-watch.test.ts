import { expect, test } from 'vitest';
import { ProgressWatch } from './progress-watch.ts';

const at = (position: number, end: number) => [
  { topic: 'job.created', partition: 2, position: BigInt(position), end: BigInt(end) },
];

test('a partition that stands while messages wait is told after its time, and not before', () => {
  const watch = new ProgressWatch(60_000);
  watch.observe(at(5, 6), 0);
  watch.observe(at(5, 9), 59_000);
  expect(watch.stalled(59_999)).toEqual([]);
  expect(watch.stalled(60_000)).toEqual(['job.created/2']);
});

test('a partition that moves is well, however far behind it is', () => {
  const watch = new ProgressWatch(60_000);
  for (let minute = 0; minute < 10; minute += 1) watch.observe(at(minute, 1_000_000), minute * 60_000);
  expect(watch.stalled(9 * 60_000)).toEqual([]);
});

test('a partition with nothing to read is well for ever', () => {
  const watch = new ProgressWatch(60_000);
  watch.observe(at(5, 5), 0);
  watch.observe(at(5, 5), 3_600_000);
  expect(watch.stalled(7_200_000)).toEqual([]);
});

test('a partition that went to somebody else is no concern of ours', () => {
  const watch = new ProgressWatch(60_000);
  watch.observe(at(5, 6), 0);
  watch.observe([], 30_000);
  expect(watch.stalled(90_000)).toEqual([]);
});

test('a partition that stands and brings nothing is deaf; one whose messages come again and again is not', () => {
  const watch = new ProgressWatch(60_000);
  watch.observe(at(5, 6), 0);
  watch.heard('job.created', 2, 30_000);
  expect(watch.deaf(149_999)).toEqual([]);
  expect(watch.deaf(150_000)).toEqual(['job.created/2']);
  watch.heard('job.created', 2, 150_000);
  expect(watch.deaf(200_000)).toEqual([]);
  expect(watch.stalled(200_000)).toEqual(['job.created/2']);
});

test('a partition that was silent because there was nothing is not deaf when something comes', () => {
  const watch = new ProgressWatch(60_000);
  watch.heard('job.created', 2, 0);
  watch.observe(at(5, 5), 500_000);
  watch.observe(at(5, 6), 515_000);
  expect(watch.deaf(515_001)).toEqual([]);
});
