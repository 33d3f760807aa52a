import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runTogether } from './run-together.ts';

test('results come in the order of the works, and never more than the limit run at a time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(5), { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), async (turns, limit) => {
      let running = 0;
      let most = 0;
      const works = turns.map((count, index) => async () => {
        running += 1;
        most = Math.max(most, running);
        for (let turn = 0; turn <= count; turn += 1) await setImmediate();
        running -= 1;
        return index;
      });
      expect(await runTogether(works, limit)).toEqual(turns.map((_, index) => index));
      expect(most).toBe(Math.min(limit, turns.length));
    }),
  );
});

test('a failure is told when those under way have ended, and nothing begins after it', async () => {
  const said: string[] = [];
  const works = [
    async () => {
      await setImmediate();
      throw new Error('the first');
    },
    async () => {
      for (let turn = 0; turn < 5; turn += 1) await setImmediate();
      said.push('the second ended');
    },
    async () => {
      said.push('the third began');
    },
  ];
  await expect(runTogether(works, 2)).rejects.toThrow('the first');
  expect(said).toEqual(['the second ended']);
});
