import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteBudget } from './byte-budget.ts';

test('whoever takes and gives, in whatever order, no more is held than there is, and all are served in their order', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(sizes, fc.infiniteStream(fc.nat()), async (wanted, choices) => {
      const budget = new ByteBudget(100);
      const held: number[] = [];
      const served: number[] = [];
      const waits = wanted.map((bytes, index) =>
        budget.take(bytes).then((taken) => {
          held.push(taken);
          served.push(index);
        }),
      );
      while (served.length < wanted.length || held.length > 0) {
        await new Promise((resolve) => setImmediate(resolve));
        expect(held.length).toBeGreaterThan(0);
        expect(held.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(100);
        const [taken = 0] = held.splice((choices.next().value ?? 0) % held.length, 1);
        budget.give(taken);
      }
      await Promise.all(waits);
      expect(served).toEqual(wanted.map((_, index) => index));
      expect(budget.tryTake(100)).toBe(true);
    }),
  );
});

test('nobody takes what somebody else waits for', async () => {
  const budget = new ByteBudget(10);
  expect(budget.tryTake(6)).toBe(true);
  const waiting = budget.take(8);
  expect(budget.tryTake(1)).toBe(false);
  budget.give(6);
  expect(await waiting).toBe(8);
  expect(budget.tryTake(2)).toBe(true);
});
