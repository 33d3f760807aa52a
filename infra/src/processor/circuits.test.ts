import { StreamflixError } from '@streamflix/contracts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTestLogger } from '../telemetry/index.ts';
import { Circuits } from './circuits.ts';

let isAway: boolean;
let asked: number;
let circuits: Circuits;
const away = new StreamflixError('STORE_UNAVAILABLE');

beforeEach(() => {
  vi.useFakeTimers();
  isAway = true;
  asked = 0;
  const ask = async (): Promise<void> => {
    asked += 1;
    if (isAway) throw away;
  };
  circuits = new Circuits({ database: ask, store: ask, kafka: ask, registry: ask }, createTestLogger());
});
afterEach(() => {
  circuits.close();
  vi.useRealTimers();
});

const fail = async (error: unknown): Promise<void> => {
  circuits.failed(error);
  await vi.advanceTimersByTimeAsync(0);
};

test('a server that failed twice in a row is held to be away, and the reason says which and why', async () => {
  await fail(away);
  expect(circuits.reasons()).toEqual([]);
  await fail(away);
  expect(circuits.reasons()).toEqual([expect.stringMatching(/store.*does not answer/)]);
  expect(circuits.reasons(['database'])).toEqual([]);
});

test('an answer in between, and errors that say nothing about a server, open nothing', async () => {
  await fail(away);
  circuits.succeeded('store');
  await vi.advanceTimersByTimeAsync(0);
  await fail(away);
  for (const error of [new StreamflixError('ENCODER_FAILED'), new StreamflixError('DISK_FULL'), new Error('x')])
    await fail(error);
  expect(circuits.reasons()).toEqual([]);
});

test('a server that is away is asked again and again, more and more slowly, and work goes on when it answers', async () => {
  await fail(away);
  await fail(away);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(circuits.reasons()).toHaveLength(1);
  expect(asked).toBeGreaterThan(5);
  expect(asked).toBeLessThan(60);
  isAway = false;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(circuits.reasons()).toEqual([]);
  const before = asked;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toBe(before);
});
