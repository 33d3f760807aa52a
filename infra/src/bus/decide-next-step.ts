import { StreamflixError } from '@streamflix/contracts';

export type NextStep =
  /** Leave the partition alone for a while, then take the same message again. */
  | { kind: 'wait'; delayMs: number }
  /** Try again on the spot. */
  | { kind: 'retry'; delayMs: number }
  | { kind: 'dead-letter' };

export interface DeliveryFacts {
  /** Times the message was tried since it was last waited for, this one included. */
  tries: number;
  /** Times it was waited for before. */
  waits: number;
}

const maxTries = 3;
const firstRetryMs = 50;
const firstWaitMs = 500;
const longestWaitMs = 10_000;

/** How long to leave a message alone that a server which is away keeps from being handled. */
export const waitingDelayMs = (waits: number): number => Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(waits, 10));

/** What to do with a message whose handler threw. Pure: the same facts give the same step. */
export function decideNextStep(thrown: unknown, { tries, waits }: DeliveryFacts): NextStep {
  const errorClass = thrown instanceof StreamflixError ? thrown.class : 'unknown';
  switch (errorClass) {
    case 'dependency':
      return { kind: 'wait', delayMs: waitingDelayMs(waits) };
    case 'control':
      return { kind: 'wait', delayMs: firstWaitMs };
    case 'input':
    case 'bug':
      return { kind: 'dead-letter' };
    case 'transient':
    case 'unknown':
      return tries < maxTries ? { kind: 'retry', delayMs: firstRetryMs * 4 ** (tries - 1) } : { kind: 'dead-letter' };
  }
}
