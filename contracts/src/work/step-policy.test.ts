import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ErrorCode, errorCatalogue } from '../errors/catalogue.ts';
import { StreamflixError } from '../errors/streamflix-error.ts';
import { stepRetryDelayMs, stepTries } from './step-policy.ts';

test.each<[ErrorCode, number]>([
  ['ENCODER_FAILED', stepTries.transient],
  ['STORE_UNAVAILABLE', stepTries.dependency],
  ['DISK_FULL', 1],
  ['SOURCE_CORRUPT', 1],
  ['JOB_CANCELLED', 1],
  ['INTERNAL_ERROR', 1],
])('a step that meets %s is tried %i times in all', (code, allowed) => {
  let tries = 1;
  while (stepRetryDelayMs(new StreamflixError(code), tries, 0.5) !== null) tries += 1;
  expect(tries).toBe(allowed);
});

test('whatever goes wrong, a step ends after a few tries and short waits', () => {
  const codes = fc.constantFrom(...(Object.keys(errorCatalogue) as ErrorCode[]));
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(codes, fc.integer({ min: 1, max: 1000 }), random, (code, tries, chance) => {
      const delayMs = stepRetryDelayMs(new StreamflixError(code), tries, chance);
      if (delayMs === null) return;
      expect(tries).toBeLessThan(stepTries.dependency);
      expect(delayMs).toBeGreaterThan(0);
      expect(delayMs).toBeLessThanOrEqual(5_000);
    }),
  );
});
