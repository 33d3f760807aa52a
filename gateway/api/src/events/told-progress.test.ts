import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ToldProgress } from './told-progress.ts';

test('what is told of a job never goes back', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.double({ min: 0, max: 1, noNaN: true }))), (reports) => {
      const told = new ToldProgress();
      const passed = reports.filter(([jobId, progress]) => told.advances(jobId, progress));
      for (const job of ['a', 'b']) {
        const own = passed.filter(([jobId]) => jobId === job).map(([, progress]) => progress);
        expect(own).toEqual(own.toSorted((a, b) => a - b));
        const all = reports.filter(([jobId]) => jobId === job).map(([, progress]) => progress);
        expect(own.at(-1)).toBe(all.length === 0 ? undefined : Math.max(...all));
      }
    }),
  );
});

test('a job that has ended makes no more progress until it is taken up again', () => {
  const told = new ToldProgress();
  expect(told.advances('j', 0.9)).toBe(true);
  told.note({ jobId: 'j', state: 'failed' });
  expect(told.advances('j', 1)).toBe(false);
  told.note({ jobId: 'j', state: 'retrying' });
  expect(told.advances('j', 0.3)).toBe(true);
  told.note({ jobId: 'j', state: 'transcoding' });
  expect(told.advances('j', 0.2)).toBe(false);
});
