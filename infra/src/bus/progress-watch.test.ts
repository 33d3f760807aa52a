import { beforeEach, expect, test } from 'vitest';
import { type PartitionProgress, ProgressWatch } from './progress-watch.ts';

const at = (position: number, end: number) => [
  { topic: 'job.created', partition: 2, position: BigInt(position), end: BigInt(end) },
];

let now: number;
let watch: ProgressWatch;

beforeEach(() => {
  now = 0;
  watch = new ProgressWatch(60_000, () => now);
});

const observeAt = (nowMs: number, partitions: PartitionProgress[]): void => {
  now = nowMs;
  watch.observe(partitions);
};
const heardAt = (nowMs: number): void => {
  now = nowMs;
  watch.heard('job.created', 2);
};
const stalledAt = (nowMs: number): string[] => {
  now = nowMs;
  return watch.stalled();
};
const deafAt = (nowMs: number): string[] => {
  now = nowMs;
  return watch.deaf();
};

test('a partition that stands while messages wait is told after its time, and not before', () => {
  observeAt(0, at(5, 6));
  observeAt(59_000, at(5, 9));
  expect(stalledAt(59_999)).toEqual([]);
  expect(stalledAt(60_000)).toEqual(['job.created/2']);
});

test('a partition that moves is well, however far behind it is', () => {
  for (let minute = 0; minute < 10; minute += 1) observeAt(minute * 60_000, at(minute, 1_000_000));
  expect(stalledAt(9 * 60_000)).toEqual([]);
});

test('a partition with nothing to read is well for ever', () => {
  observeAt(0, at(5, 5));
  observeAt(3_600_000, at(5, 5));
  expect(stalledAt(7_200_000)).toEqual([]);
});

test('a partition that went to somebody else is no concern of ours', () => {
  observeAt(0, at(5, 6));
  observeAt(30_000, []);
  expect(stalledAt(90_000)).toEqual([]);
});

test('a partition that stands and brings nothing is deaf; one whose messages come again and again is not', () => {
  observeAt(0, at(5, 6));
  heardAt(30_000);
  expect(deafAt(149_999)).toEqual([]);
  expect(deafAt(150_000)).toEqual(['job.created/2']);
  heardAt(150_000);
  expect(deafAt(200_000)).toEqual([]);
  expect(stalledAt(200_000)).toEqual(['job.created/2']);
});

test('a partition that was silent because there was nothing is not deaf when something comes', () => {
  heardAt(0);
  observeAt(500_000, at(5, 5));
  observeAt(515_000, at(5, 6));
  expect(deafAt(515_001)).toEqual([]);
});

test('a partition of which nothing was ever heard is deaf only when it has stood for long', () => {
  observeAt(9_000_000, at(5, 6));
  expect(deafAt(9_000_001)).toEqual([]);
  expect(deafAt(9_119_999)).toEqual([]);
  expect(deafAt(9_120_000)).toEqual(['job.created/2']);
});
