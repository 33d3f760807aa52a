import { StreamflixError } from '@streamflix/contracts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ReceiverCircuits } from './receiver-circuits.ts';

let circuits: ReceiverCircuits;
let calls: number;

beforeEach(() => {
  vi.useFakeTimers();
  circuits = new ReceiverCircuits();
  calls = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

/** The code of what came of it. */
const call = (receiver: string, status?: number): Promise<string> =>
  circuits
    .call(receiver, async () => {
      calls += 1;
      if (status === 200) return 'delivered';
      throw new StreamflixError('WEBHOOK_REFUSED', status === undefined ? {} : { details: { status } });
    })
    .catch((error: unknown) => (error instanceof StreamflixError ? error.code : String(error)));

const fail = async (receiver: string, times: number, status?: number): Promise<void> => {
  for (let time = 0; time < times; time += 1) await call(receiver, status);
};

test('a receiver that failed five times in a row is left alone, and the others are not', async () => {
  await fail('a', 5);
  expect(await call('a', 200)).toBe('RECEIVER_UNAVAILABLE');
  expect(calls).toBe(5);
  expect(await call('b', 200)).toBe('delivered');
});

test('what a receiver refuses of one delivery says nothing about the next', async () => {
  await fail('a', 20, 404);
  expect(await call('a', 200)).toBe('delivered');
});

test('a success in between begins the count anew', async () => {
  await fail('a', 4, 503);
  await call('a', 200);
  await fail('a', 4, 503);
  expect(await call('a', 200)).toBe('delivered');
});

test('after a while one delivery tries, and the first that comes through lets all through', async () => {
  await fail('a', 5, 503);
  vi.advanceTimersByTime(10 * 60_000);
  expect(await call('a', 503)).toBe('WEBHOOK_REFUSED');
  expect(await call('a', 200)).toBe('RECEIVER_UNAVAILABLE');
  vi.advanceTimersByTime(10 * 60_000);
  expect(await call('a', 200)).toBe('delivered');
  expect(await call('a', 200)).toBe('delivered');
});
