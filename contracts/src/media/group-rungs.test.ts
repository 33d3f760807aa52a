import fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupRungs, groupsFor } from './group-rungs.ts';

const frameRate = { numerator: 25, denominator: 1 };
const rung = (height: number) => ({ width: Math.round((height * 16) / 9), height, frameRate });
const ladder = [240, 360, 480, 720, 1080].map(rung);
const heightsOf = (groups: readonly (readonly { height: number }[])[]): number[][] =>
  groups.map((group) => group.map(({ height }) => height));

const ladders = fc.array(fc.integer({ min: 144, max: 4320 }), { minLength: 1, maxLength: 9 }).map((heights) => heights.map(rung));
const costOf = (group: readonly { width: number; height: number }[]): number =>
  group.reduce((sum, { width, height }) => sum + width * height, 0);

test('the largest rung is alone before any other', () => {
  expect(heightsOf(groupRungs(ladder, 1))).toEqual([[1080, 720, 480, 360, 240]]);
  expect(heightsOf(groupRungs(ladder, 2))).toEqual([[1080], [720, 480, 360, 240]]);
  expect(groupRungs(ladder, 5)).toHaveLength(2);
});

test('every rung is in one task, and no task is empty or more than were asked for', () => {
  fc.assert(
    fc.property(ladders, fc.integer({ min: 1, max: 12 }), (renditions, groups) => {
      const divided = groupRungs(renditions, groups);
      expect(divided.length).toBeLessThanOrEqual(groups);
      expect(Math.min(...divided.map((group) => group.length))).toBeGreaterThanOrEqual(1);
      const heights = divided.flat().map(({ height }) => height);
      expect(heights.toSorted((a, b) => a - b)).toEqual(renditions.map(({ height }) => height).toSorted((a, b) => a - b));
    }),
  );
});

test('the longest task is at most a third longer than the even share or the largest rung', () => {
  fc.assert(
    fc.property(ladders, fc.integer({ min: 1, max: 12 }), (renditions, groups) => {
      const divided = groupRungs(renditions, groups);
      const even = costOf(renditions) / divided.length;
      const largest = Math.max(...renditions.map((each) => costOf([each])));
      // Graham's bound for the longest job first.
      expect(Math.max(...divided.map(costOf))).toBeLessThanOrEqual((4 / 3) * Math.max(even, largest) + 1);
    }),
  );
});

test('rungs are divided only where there are twice as many idle slots as chunks', () => {
  expect([0, 3, 5, 6, 8, 9].map((idleSlots) => groupsFor(3, idleSlots))).toEqual([1, 1, 1, 2, 2, 3]);
});
