import fc from 'fast-check';
import { expect, test } from 'vitest';
import { faultKindNames, specOf } from './fault-kinds.ts';
import { type Fault, planFaults } from './plan-faults.ts';

const options = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  count: fc.integer({ min: 0, max: 200 }),
  secondsBetween: fc.integer({ min: 2, max: 20 }),
});

test('the seed alone decides', () => {
  fc.assert(
    fc.property(options, (each) => {
      expect(planFaults(each)).toEqual(planFaults({ ...each }));
    }),
  );
  const plan = (seed: number) => planFaults({ seed, count: 20, secondsBetween: 4 });
  expect(plan(1)).not.toEqual(plan(2));
});

test('there are as many faults as asked for, in the order of their time, each as its kind says', () => {
  fc.assert(
    fc.property(options, (each) => {
      const faults = planFaults(each);
      expect(faults).toHaveLength(each.count);
      const times = faults.map(({ atSeconds }) => atSeconds);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      for (const { kind, target, holdSeconds, amount } of faults) {
        const spec = specOf(kind);
        expect(spec.targets).toContain(target);
        expect(holdSeconds).toBeGreaterThanOrEqual(spec.holdSeconds[0]);
        expect(holdSeconds).toBeLessThanOrEqual(spec.holdSeconds[1]);
        expect(amount).toBeGreaterThanOrEqual(spec.amount[0]);
        expect(amount).toBeLessThanOrEqual(spec.amount[1]);
      }
    }),
  );
});

test('what is broken is not broken again before it is mended', () => {
  const overlap = (a: Fault, b: Fault): boolean =>
    a.number < b.number && a.target === b.target && b.atSeconds < a.atSeconds + a.holdSeconds;
  fc.assert(
    fc.property(options, (each) => {
      const faults = planFaults(each);
      expect(faults.some((a) => faults.some((b) => overlap(a, b)))).toBe(false);
    }),
  );
});

test('a run of a hundred faults has every kind, but those that this machine cannot do', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
      const kindsOf = (without: readonly 'fill-disk'[]) =>
        new Set(planFaults({ seed, count: 100, secondsBetween: 4, without }).map(({ kind }) => kind));
      expect(kindsOf([])).toEqual(new Set(faultKindNames));
      expect(kindsOf(['fill-disk'])).toEqual(new Set(faultKindNames.filter((kind) => kind !== 'fill-disk')));
    }),
  );
});
