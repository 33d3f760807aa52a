import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clockAfterClaim, compareTurns, type FairShare, liftedRank, rankOf, ranks, type Turn, tagInTurn } from './fair-order.ts';

const moment = fc.double({ min: 0, max: 1e6, noNaN: true });
const share: fc.Arbitrary<FairShare> = fc.record({
  clock: moment,
  finish: moment,
  weight: fc.double({ min: 0.1, max: 100, noNaN: true }),
});
const costs = fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 30 });
const turn: fc.Arbitrary<Turn> = fc.record({ rank: fc.constantFrom(...ranks), tag: moment });

test('no task starts before the clock of its queue, nor before the end of the one before it', () => {
  fc.assert(
    fc.property(share, costs, (given, cpuSeconds) => {
      const { tags, finish } = tagInTurn(given, cpuSeconds);
      expect(tags[0]).toBe(Math.max(given.clock, given.finish));
      for (const [index, tag] of [...tags, finish].entries()) {
        const before = tags[index - 1];
        if (before === undefined) continue;
        expect(tag).toBeGreaterThan(before);
        expect(tag - before).toBeGreaterThanOrEqual((cpuSeconds[index - 1] ?? 0) / given.weight - 1e-6);
      }
    }),
  );
});

test('tasks planned one by one get the tags of tasks planned together', () => {
  fc.assert(
    fc.property(share, costs, (given, cpuSeconds) => {
      let { finish } = given;
      const oneByOne = cpuSeconds.map((cost) => {
        const planned = tagInTurn({ ...given, finish }, [cost]);
        finish = planned.finish;
        return planned.tags[0];
      });
      expect(tagInTurn(given, cpuSeconds)).toEqual({ tags: oneByOne, finish });
    }),
  );
});

test('twice the weight moves half as far for the same work', () => {
  fc.assert(
    fc.property(share, costs, (given, cpuSeconds) => {
      const start = Math.max(given.clock, given.finish);
      const length = (weight: number) => tagInTurn({ ...given, weight }, cpuSeconds).finish - start;
      expect(length(given.weight * 2) * 2).toBeCloseTo(length(given.weight), 4);
    }),
  );
});

test('work without a predicted cost is still taken in turns', () => {
  const { tags } = tagInTurn({ clock: 5, finish: 0, weight: 1 }, [0, 0, 0]);
  expect(new Set(tags).size).toBe(3);
});

test('the class stands above the tag, and within a class the lower tag is first', () => {
  fc.assert(
    fc.property(turn, turn, (a, b) => {
      const order = Math.sign(compareTurns(a, b));
      expect(order).toBe(a.rank === b.rank ? Math.sign(a.tag - b.tag) : Math.sign(b.rank - a.rank));
    }),
  );
});

test('a clock never goes back', () => {
  fc.assert(
    fc.property(moment, moment, (clock, tag) => {
      expect(clockAfterClaim(clock, tag)).toBeGreaterThanOrEqual(clock);
    }),
  );
});

test('a priority between two classes counts as the lower; whoever waits is lifted class by class to the top', () => {
  expect(Array.from({ length: 10 }, (_, index) => rankOf(index + 1))).toEqual([1, 1, 3, 3, 5, 5, 5, 5, 5, 10]);
  expect(ranks.map(liftedRank)).toEqual([10, 10, 5, 3]);
});
