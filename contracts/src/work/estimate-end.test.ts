import fc from 'fast-check';
import { expect, test } from 'vitest';
import { estimateEnd, type TimedTask } from './estimate-end.ts';

const task = (changes: Partial<TimedTask>): TimedTask => ({
  pool: 'encode',
  state: 'running',
  progress: 0,
  predictedCpuSeconds: 10,
  startedAt: 1_000,
  updatedAt: 1_000,
  ...changes,
});
const probed = task({ pool: 'probe', state: 'done', startedAt: 0, updatedAt: 500 });
const packaging = task({ pool: 'package', state: 'waiting', startedAt: null, updatedAt: 500 });

test('half of the encoding in ten seconds leaves ten seconds of it, and the package at the same pace', () => {
  const end = estimateEnd([probed, task({ progress: 0.5, updatedAt: 11_000 }), packaging]);
  expect(end).toBeCloseTo(11_000 + 10_000 + (10_000 * 0.08) / 0.445, -1);
});

test('nothing is known before an encode task has come anywhere', () => {
  expect(estimateEnd([])).toBeNull();
  expect(estimateEnd([probed, task({ state: 'ready', startedAt: null }), packaging])).toBeNull();
  expect(estimateEnd([probed, task({ progress: 0, updatedAt: 9_000 }), packaging])).toBeNull();
});

test('waiting for the encoding to begin does not make it look slow', () => {
  const later = task({ progress: 0.5, startedAt: 3_601_000, updatedAt: 3_611_000 });
  expect(estimateEnd([probed, later, packaging])).toBe(
    (estimateEnd([probed, task({ progress: 0.5, updatedAt: 11_000 }), packaging]) ?? 0) + 3_600_000,
  );
});

test('the end is never before what was last seen, and more progress in the same time never moves it away', () => {
  const progress = fc.double({ min: 0.02, max: 0.98, noNaN: true });
  const others = fc.array(fc.record({ progress, seconds: fc.integer({ min: 1, max: 5_000 }) }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(others, progress, fc.double({ min: 0, max: 0.02, noNaN: true }), (drawn, own, more) => {
      const rest = drawn.map(({ progress, seconds }) => task({ progress, updatedAt: 1_000 + seconds * 1_000 }));
      const mine = (value: number) => task({ progress: value, updatedAt: 2_000 });
      const end = estimateEnd([...rest, mine(own), packaging]) ?? 0;
      expect(end).toBeGreaterThanOrEqual(Math.max(...rest.map(({ updatedAt }) => updatedAt)));
      expect(estimateEnd([...rest, mine(own + more), packaging]) ?? 0).toBeLessThanOrEqual(end + 1);
    }),
  );
});
