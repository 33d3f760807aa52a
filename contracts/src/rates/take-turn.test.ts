import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type RatePolicy, takeTurn } from './take-turn.ts';

const policies = fc.record({
  name: fc.constant('x'),
  limit: fc.integer({ min: 1, max: 500 }),
  windowSeconds: fc.integer({ min: 1, max: 600 }),
});

/** Turns at these moments, in milliseconds. */
function takeAll(policy: RatePolicy, moments: readonly number[]) {
  let usedUntilMs: number | undefined;
  return moments.map((at) => {
    const taken = takeTurn(policy, usedUntilMs, at);
    usedUntilMs = taken.usedUntilMs;
    return { at, ...taken.turn };
  });
}

test('of a burst exactly the limit is allowed, and each says how many are left', () => {
  fc.assert(
    fc.property(policies, (policy) => {
      const turns = takeAll(
        policy,
        Array.from({ length: policy.limit + 3 }, () => 5_000),
      );
      expect(turns.map(({ isAllowed }) => isAllowed)).toEqual(turns.map((_, index) => index < policy.limit));
      expect(turns.slice(0, policy.limit).map(({ remaining }) => remaining)).toEqual(
        Array.from({ length: policy.limit }, (_, index) => policy.limit - 1 - index),
      );
    }),
  );
});

test('whoever comes when they were told to is allowed', () => {
  fc.assert(
    fc.property(policies, fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 200 }), (policy, gaps) => {
      let at = 0;
      let usedUntilMs: number | undefined;
      for (const gap of gaps) {
        at += gap;
        const first = takeTurn(policy, usedUntilMs, at);
        usedUntilMs = first.usedUntilMs;
        if (first.turn.isAllowed) continue;
        at += first.turn.retryAfterSeconds * 1000;
        const second = takeTurn(policy, usedUntilMs, at);
        expect(second.turn.isAllowed).toBe(true);
        usedUntilMs = second.usedUntilMs;
      }
    }),
  );
});

test('in no stretch of time more pass than the burst and what it gives back', () => {
  fc.assert(
    fc.property(policies, fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 300 }), (policy, gaps) => {
      let at = 0;
      const moments = gaps.map((gap) => (at += gap));
      const allowed = takeAll(policy, moments).filter(({ isAllowed }) => isAllowed);
      const span = (allowed.at(-1)?.at ?? 0) - (allowed[0]?.at ?? 0);
      expect(allowed.length).toBeLessThanOrEqual(
        policy.limit + Math.floor((span * policy.limit) / (policy.windowSeconds * 1000)) + 1,
      );
    }),
  );
});
