import { afterAll, expect, test } from 'vitest';
import { startRelay } from '../redis/testkit/start-relay.ts';
import { createTestLogger } from '../telemetry/index.ts';
import { connectLocks, type Locks } from './locks.ts';

const redisUrl = process.env.REDIS_URL ?? '';
const logger = createTestLogger();
const locks = connectLocks({ url: redisUrl }, { logger, answerWithinMs: 10_000 });
afterAll(() => locks.close());

const newName = () => `test:${crypto.randomUUID()}`;

const untilReady = (which: Locks) =>
  expect
    .poll(() =>
      which.check().then(
        () => 'ready',
        () => 'away',
      ),
    )
    .toBe('ready');

test('of many at once one gets the lock, and after its release another one does', async () => {
  await untilReady(locks);
  const resource = newName();
  const results = await Promise.all(Array.from({ length: 5 }, () => locks.acquire(resource, { ttlMs: 5_000 })));
  const won = results.filter((result) => typeof result === 'object');
  expect(won).toHaveLength(1);
  expect(results.filter((result) => result === 'held')).toHaveLength(4);
  await won[0]?.release();
  expect(await locks.acquire(resource, { ttlMs: 500 })).toBeTypeOf('object');
});

test('a lock outlives its time to live while it is held, and not after the abort', async () => {
  await untilReady(locks);
  const resource = newName();
  const abort = new AbortController();
  const ttlMs = 3_000;
  expect(await locks.acquire(resource, { ttlMs, signal: abort.signal })).toBeTypeOf('object');
  const heldUntil = Date.now() + 3 * ttlMs;
  while (Date.now() < heldUntil) expect(await locks.acquire(resource, { ttlMs })).toBe('held');
  abort.abort();
  await expect.poll(() => locks.acquire(resource, { ttlMs }), { timeout: 20_000 }).toBeTypeOf('object');
});

test('a lock taken under a signal that has aborted already is not extended', async () => {
  await untilReady(locks);
  const resource = newName();
  expect(await locks.acquire(resource, { ttlMs: 300, signal: AbortSignal.abort() })).toBeTypeOf('object');
  await expect.poll(() => locks.acquire(resource, { ttlMs: 300 })).toBeTypeOf('object');
});

test('a lock is gone after its release, whatever was under way', async () => {
  await untilReady(locks);
  const resource = newName();
  for (let round = 0; round < 20; round += 1) {
    const lock = await locks.acquire(resource, { ttlMs: 30 });
    if (typeof lock === 'string') throw new Error(`round ${round}: ${lock}`);
    await lock.release();
  }
});

test('without Redis the answer is unavailable, at once', async () => {
  const nowhere = connectLocks({ url: 'redis://127.0.0.1:1' }, { logger });
  expect(await nowhere.acquire(newName(), { ttlMs: 300 })).toBe('unavailable');
  await expect(nowhere.check()).rejects.toMatchObject({ code: 'LOCKS_UNAVAILABLE' });
  await nowhere.close();
});

test('a Redis that hangs holds nobody up, and a lock in hand can be let go', async () => {
  const relay = await startRelay(redisUrl);
  const answerWithinMs = 2_000;
  const through = connectLocks({ url: relay.url }, { logger, answerWithinMs });
  await untilReady(through);
  const lock = await through.acquire(newName(), { ttlMs: 3_000 });
  relay.freeze();
  const beganAt = Date.now();
  expect(await through.acquire(newName(), { ttlMs: 3_000 })).toBe('unavailable');
  expect(Date.now() - beganAt).toBeLessThan(2 * answerWithinMs);
  if (typeof lock === 'string') throw new Error(lock);
  await lock.release();
  await through.close();
  relay.close();
});
