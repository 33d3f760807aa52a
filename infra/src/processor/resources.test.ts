import { expect, test } from 'vitest';
import { Resources, reservationOf, type Supplies, shortagesOf } from './resources.ts';

const limits = { minFreeDiskBytes: 100, minFreeMemoryBytes: 50, maxLoadPerCpu: 4 };
const plenty: Supplies = { freeDiskBytes: 1_000, freeMemoryBytes: 1_000, loadPerCpu: 1 };

test.each<[string, Partial<Supplies>, number, string[]]>([
  ['plenty of all', {}, 0, []],
  ['a disk that running tasks will fill', {}, 901, ['disk']],
  ['just enough disk beside them', {}, 900, []],
  ['little memory', { freeMemoryBytes: 49 }, 0, ['memory']],
  ['a high load', { loadPerCpu: 4.1 }, 0, ['cpu']],
  ['nothing of anything', { freeDiskBytes: 0, freeMemoryBytes: 0, loadPerCpu: 99 }, 0, ['disk', 'memory', 'cpu']],
])('%s', (_name, supplies, reserved, expected) => {
  expect([...shortagesOf({ ...plenty, ...supplies }, limits, reserved).keys()]).toEqual(expected);
});

test('without a limit the load is not looked at', () => {
  expect(shortagesOf({ ...plenty, loadPerCpu: 99 }, { ...limits, maxLoadPerCpu: undefined }, 0).size).toBe(0);
});

test('a task gets its room promised, the next one only what is left, and all of it comes back', async () => {
  const room = new Resources(limits, '/', async () => plenty);
  const first = await room.reserve(950);
  expect(await room.reasons()).toEqual([expect.stringContaining('disk')]);
  await expect(room.reserve(100)).rejects.toMatchObject({ code: 'DISK_FULL' });
  first.release();
  first.release();
  expect(await room.reasons()).toEqual([]);
  const second = await room.reserve(1_000);
  second.release();
});

test('a video needs room for itself and for what is made of it, a webhook none', () => {
  const spec = { kind: 'probe' } as const;
  expect(reservationOf({ pool: 'encode', spec }, { sizeBytes: 10 })).toBe(20);
  expect(reservationOf({ pool: 'encode', spec }, { sizeBytes: null })).toBe(0);
  const piece = { key: 'k', sizeBytes: 3 };
  expect(reservationOf({ pool: 'encode', spec: { ...spec, piece } }, { sizeBytes: 10 })).toBe(6);
  expect(reservationOf({ pool: 'notify', spec }, { sizeBytes: 10 })).toBe(0);
});

test('the machine itself is read', async () => {
  const nothing = { minFreeDiskBytes: 1, minFreeMemoryBytes: 1, maxLoadPerCpu: undefined };
  expect(await new Resources(nothing, '/').reasons()).toEqual([]);
  expect(await new Resources({ ...nothing, minFreeDiskBytes: 1e18 }, '/').reasons()).toHaveLength(1);
});
