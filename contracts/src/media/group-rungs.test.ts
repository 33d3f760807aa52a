import fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupRungs, groupsFor } from './group-rungs.ts';

const frameRate = { numerator: 25, denominator: 1 };
const rung = (height: number) => ({ width: Math.round((height * 16) / 9), height, frameRate });
const stripe = (height: number) => ({ width: 16, height, frameRate });
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

test('one task more is made where that alone shortens the longest', () => {
  // Four tasks would hold as much as the largest rung each, but no two of the others fit there.
  expect(heightsOf(groupRungs([400, 300, 300, 300, 300].map(stripe), 5))).toEqual([[400], [300], [300], [300], [300]]);
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

/** The cost of the longest task of the best division: all are tried. */
function bestLongest(costs: readonly number[], groups: number): number {
  const [cost, ...rest] = costs;
  if (cost === undefined) return 0;
  const place = (loads: readonly number[], left: readonly number[]): number => {
    const [next, ...others] = left;
    if (next === undefined) return Math.max(...loads);
    const placed = loads.map((load, at) => place(loads.with(at, load + next), others));
    return Math.min(...placed, ...(loads.length < groups ? [place([...loads, next], others)] : []));
  };
  return place([cost], rest);
}

test('the longest task is at most a third longer than that of the best division', () => {
  const short = ladders.filter(({ length }) => length <= 7);
  fc.assert(
    fc.property(short, fc.integer({ min: 1, max: 8 }), (renditions, groups) => {
      const best = bestLongest(
        renditions.map((each) => costOf([each])),
        groups,
      );
      // Graham's bound for the longest job first.
      expect(Math.max(...groupRungs(renditions, groups).map(costOf))).toBeLessThanOrEqual((4 / 3) * best + 1);
    }),
  );
});

test('rungs are divided only where there are twice as many idle slots as chunks', () => {
  expect([0, 3, 5, 6, 8, 9].map((idleSlots) => groupsFor(3, idleSlots))).toEqual([1, 1, 1, 2, 2, 3]);
});
