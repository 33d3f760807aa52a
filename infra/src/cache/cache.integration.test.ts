import { Redis } from 'ioredis';
import { afterAll, expect, test, vi } from 'vitest';
import { startRelay } from '../redis/testkit/start-relay.ts';
import { createTestLogger } from '../telemetry/index.ts';
import { connectCache } from './cache.ts';

const url = process.env.REDIS_URL ?? '';
const logger = createTestLogger();
const cache = connectCache({ url }, { logger, answerWithinMs: 10_000 });
const redis = new Redis(url);
const within = { timeout: 20_000 };
const key = `test:${process.pid}:${Date.now()}`;
afterAll(() => {
  cache.close();
  redis.disconnect();
});

test('what is kept is found until it is forgotten or its time is over', async () => {
  await vi.waitFor(async () => expect(await cache.get(key)).toEqual({ value: null }), within);
  await cache.set(key, 'kept', 60_000);
  expect(await cache.get(key)).toEqual({ value: 'kept' });
  const leftMs = await redis.pttl(`streamflix:${key}`);
  expect(leftMs).toBeGreaterThan(0);
  expect(leftMs).toBeLessThanOrEqual(60_000);
  await cache.forget(key);
  expect(await cache.get(key)).toEqual({ value: null });
});

test('a server that is not there is no fault and no wait', async () => {
  const nowhere = connectCache({ url: 'redis://127.0.0.1:1' }, { logger });
  expect(await nowhere.get(key)).toBe('unavailable');
  await nowhere.set(key, 'x', 1_000);
  await nowhere.forget(key);
  nowhere.close();
});

test('a server that does not answer is waited for a few times, and then not asked for a while', async () => {
  const relay = await startRelay(url);
  // Not to wait must be told from waiting, though the machine stalls.
  const other = connectCache({ url: relay.url }, { logger, answerWithinMs: 1_500 });
  await vi.waitFor(async () => expect(await other.get(key)).toEqual({ value: null }), within);
  relay.freeze();
  const asked: number[] = [];
  for (let time = 0; time < 6; time += 1) {
    const begun = performance.now();
    expect(await other.get(key)).toBe('unavailable');
    asked.push(performance.now() - begun);
  }
  // The first ones wait for an answer, the last ones do not ask.
  expect(Math.max(...asked.slice(3))).toBeLessThan(0.9 * Math.min(...asked.slice(0, 3)));
  relay.thaw();
  await vi.waitFor(async () => expect(await other.get(key)).toEqual({ value: null }), { ...within, interval: 200 });
  other.close();
  relay.close();
});
