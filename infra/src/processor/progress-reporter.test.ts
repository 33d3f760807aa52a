import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTestLogger } from '../telemetry/index.ts';
import { progressEveryMs, progressReporter } from './progress-reporter.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open(tell: (fraction: number) => Promise<void> = async () => undefined) {
  const told: [atMs: number, fraction: number][] = [];
  const start = Date.now();
  const reporter = progressReporter(async (fraction) => {
    told.push([Date.now() - start, fraction]);
    await tell(fraction);
  }, createTestLogger());
  return { told, reporter };
}

test('a report that comes after a while is told at once', async () => {
  const { told, reporter } = open();
  for (const fraction of [0.1, 0.2, 0.3]) {
    reporter.report(fraction);
    await vi.advanceTimersByTimeAsync(progressEveryMs);
  }
  expect(told).toEqual([
    [0, 0.1],
    [1000, 0.2],
    [2000, 0.3],
  ]);
  reporter.stop();
});

test('of many the latest is told when the while is over, so that none waits longer than a second', async () => {
  const { told, reporter } = open();
  for (let ms = 0; ms < 2_400; ms += 100) {
    reporter.report(ms / 10_000);
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(told).toEqual([
    [0, 0],
    [1000, 0.09],
    [2000, 0.19],
  ]);
  reporter.stop();
});

test('never two at a time, a failure loses one only, and nothing is told after the stop', async () => {
  let release = Promise.withResolvers<void>();
  const { told, reporter } = open(() => release.promise);
  reporter.report(0.1);
  reporter.report(0.2);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told).toHaveLength(1);
  const failed = release;
  release = Promise.withResolvers();
  failed.reject(new Error('the database is away'));
  await vi.advanceTimersByTimeAsync(0);
  expect(told.map(([, fraction]) => fraction)).toEqual([0.1, 0.2]);
  reporter.stop();
  reporter.report(0.9);
  release.resolve();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told).toHaveLength(2);
});
