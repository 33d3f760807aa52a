import { expect, test } from 'vitest';
import { judgeMemory, megabyte } from './judge-memory.ts';

/** A run whose quarters lie at these megabytes. */
const run = (...quarters: number[]): number[] => quarters.flatMap((value) => Array<number>(5).fill(value * megabyte));

test.each([
  ['that stays', run(100, 120, 121, 119), 0],
  ['that fills its caches first', run(60, 150, 150, 150), 0],
  ['that grows by what is allowed', run(100, 100, 120, 135), 0],
  ['that grows by more', run(100, 100, 120, 136), 1],
  ['that is too large once', [...run(100, 100, 100), 301 * megabyte, ...run(100)], 1],
  ['that is both', run(100, 200, 300, 400), 2],
])('a process %s has so many faults', (_, samples, faults) => {
  expect(judgeMemory('encode', samples).faults).toHaveLength(faults);
});

test('what was seen too seldom is not judged', () => {
  expect(() => judgeMemory('encode', [1, 2, 3])).toThrow('too short a run');
});
