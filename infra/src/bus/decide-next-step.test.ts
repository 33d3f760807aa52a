import { StreamflixError } from '@streamflix/contracts';
import { expect, test } from 'vitest';
import { decideNextStep } from './decide-next-step.ts';

const away = new StreamflixError('DATABASE_UNAVAILABLE');

test('a server that is away is waited for with growing delays, for ever', () => {
  const delays = [0, 1, 2, 3, 4, 5, 1000].map((waits) => decideNextStep(away, { tries: 1, waits }));
  expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000].map((delayMs) => ({ kind: 'wait', delayMs })));
});

test('what somebody decided is waited for shortly', () => {
  expect(decideNextStep(new StreamflixError('SHUTTING_DOWN'), { tries: 1, waits: 9 })).toEqual({ kind: 'wait', delayMs: 500 });
});

test('bad input and our own mistakes are dead letters at once', () => {
  for (const code of ['EVENT_INVALID', 'MESSAGE_UNDECODABLE', 'ILLEGAL_TRANSITION'] as const) {
    expect(decideNextStep(new StreamflixError(code), { tries: 1, waits: 0 })).toEqual({ kind: 'dead-letter' });
  }
});

test('an error nobody foresaw gets three tries', () => {
  const steps = [1, 2, 3].map((tries) => decideNextStep(new TypeError('x is undefined'), { tries, waits: 0 }));
  expect(steps).toEqual([{ kind: 'retry', delayMs: 50 }, { kind: 'retry', delayMs: 200 }, { kind: 'dead-letter' }]);
});
