import { beforeEach, expect, test, vi } from 'vitest';
import { StatusCache } from './status-cache.ts';

/** Redis as several processes see it. */
function sharedMemory() {
  const texts = new Map<string, string>();
  let isAway = false;
  return {
    texts,
    setAway: (away: boolean) => {
      isAway = away;
    },
    get: async (key: string) => (isAway ? ('unavailable' as const) : { value: texts.get(key) ?? null }),
    set: async (key: string, value: string) => void (isAway || texts.set(key, value)),
    forget: async (key: string) => void (isAway || texts.delete(key)),
  };
}

let now: number;
let shared: ReturnType<typeof sharedMemory>;
let version: number;
let loads: number;
let cache: StatusCache;
beforeEach(() => {
  [now, version, loads] = [1_000_000, 1, 0];
  shared = sharedMemory();
  cache = open();
});

const open = () => new StatusCache(shared, () => now);
const load = async () => {
  loads += 1;
  return { etag: `W/"${version}"`, body: String(version) };
};
const read = async (from = cache, tenantId = 'acme') => (await from.read(tenantId, 'job', load))?.body;

test('an answer is told again for a second and not a millisecond longer, though nothing says that it changed', async () => {
  expect(await read()).toBe('1');
  version = 2;
  now += 999;
  expect(await read()).toBe('1');
  now += 1;
  expect(await read()).toBe('2');
  expect(loads).toBe(2);
});

test('another gateway gets it from the first one, and does not keep it longer for that', async () => {
  await read();
  version = 2;
  now += 600;
  const other = open();
  expect([await read(other), loads]).toEqual(['1', 1]);
  now += 400;
  expect(await read(other)).toBe('2');
});

test('a job that changed is read anew by every gateway that was not asked for it within the second', async () => {
  await read();
  version = 2;
  cache.forget('acme', 'job');
  expect(await read()).toBe('2');
  expect(await read(open())).toBe('2');
});

test('what was read before a change and comes after it is not kept', async () => {
  const slow = Promise.withResolvers<{ etag: string; body: string }>();
  const asked = vi.fn(() => slow.promise);
  const before = cache.read('acme', 'job', asked);
  await expect.poll(() => asked).toHaveBeenCalled();
  version = 2;
  cache.forget('acme', 'job');
  expect(await read()).toBe('2');
  slow.resolve({ etag: '', body: '1' });
  expect((await before)?.body).toBe('1');
  expect(await read()).toBe('2');
  expect(await read(open())).toBe('2');
});

test('no tenant is told what was kept for another', async () => {
  await read();
  version = 2;
  expect(await read(cache, 'globex')).toBe('2');
  expect(await read(open(), 'globex')).toBe('2');
  expect(await read()).toBe('1');
});

test('of many who ask at once one asks the database', async () => {
  const bodies = await Promise.all(Array.from({ length: 50 }, () => read()));
  expect([new Set(bodies), loads]).toEqual([new Set(['1']), 1]);
});

test('a job that is not there is asked for again each time', async () => {
  expect(await cache.read('acme', 'job', async () => null)).toBeNull();
  expect(await read()).toBe('1');
});

test('a database that fails is not kept in mind', async () => {
  await expect(cache.read('acme', 'job', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(await read()).toBe('1');
});

test('without Redis answers are kept in memory', async () => {
  shared.setAway(true);
  expect([await read(), await read(), loads]).toEqual(['1', '1', 1]);
  expect(shared.texts.size).toBe(0);
});

test('a clock that was set back does not make an answer last', async () => {
  await read();
  version = 2;
  now -= 60_000;
  expect(await read()).toBe('2');
  expect(await read(open())).toBe('2');
});

test('memory holds a bounded number of answers', async () => {
  for (let index = 0; index < 2_500; index += 1) await cache.read('acme', `job-${index}`, load);
  shared.texts.clear();
  loads = 0;
  await cache.read('acme', 'job-2499', load);
  expect(loads).toBe(0);
  await cache.read('acme', 'job-0', load);
  expect(loads).toBe(1);
});
