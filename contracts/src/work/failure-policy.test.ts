import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ErrorCode, errorCatalogue } from '../errors/catalogue.ts';
import { StreamflixError } from '../errors/streamflix-error.ts';
import { decideFailure, type FailureFacts, isWorthRemembering, type PastFailure, type WorkerRecord } from './failure-policy.ts';
import { pools, quarantinePolicy, retryPolicies } from './pools.ts';

const healthy: WorkerRecord = { name: 'here', hasSucceeded: true, quarantines: 0, quarantinedForMs: 0, failures: [] };
const usual: FailureFacts = {
  taskId: 'task-1',
  jobId: 'job-1',
  pool: 'encode',
  failedAttempts: 0,
  signature: 'same',
  history: [],
  worker: healthy,
  random: 0.5,
};
const past = (changes: Partial<PastFailure> = {}): PastFailure => ({
  taskId: 'task-1',
  jobId: 'job-1',
  worker: 'there',
  code: 'ENCODER_FAILED',
  signature: 'same',
  at: 0,
  excused: false,
  ...changes,
});
/** Failures of other videos on this worker. */
const others = (count: number, jobs = count): PastFailure[] =>
  Array.from({ length: count }, (_, index) =>
    past({ taskId: `other-${index}`, jobId: `other-job-${index % jobs}`, worker: 'here' }),
  );

const decide = (code: ErrorCode, facts: Partial<FailureFacts> = {}) =>
  decideFailure(new StreamflixError(code), { ...usual, ...facts });

const outcomes: [string, ErrorCode, Partial<FailureFacts>, string][] = [
  ['a bad source', 'SOURCE_CORRUPT', {}, 'give-up'],
  ['a bug', 'INTERNAL_ERROR', {}, 'give-up'],
  ['a store that is away', 'STORE_UNAVAILABLE', { failedAttempts: 99 }, 'wait'],
  ['a full disk', 'DISK_FULL', { worker: { ...healthy, failures: others(9) } }, 'wait'],
  ['a shutdown', 'SHUTTING_DOWN', {}, 'release'],
  ['the first failure of an encoder', 'ENCODER_FAILED', {}, 'retry'],
  ['the second', 'ENCODER_FAILED', { failedAttempts: 1 }, 'retry'],
  ['the third', 'ENCODER_FAILED', { failedAttempts: 2 }, 'give-up'],
  ['the same failure on a second worker', 'ENCODER_FAILED', { failedAttempts: 1, history: [past()] }, 'give-up'],
  ['the same failure on the same worker', 'ENCODER_FAILED', { history: [past({ worker: 'here' })] }, 'retry'],
  ['another failure on a second worker', 'ENCODER_FAILED', { history: [past({ signature: 'other' })] }, 'retry'],
  [
    'the same failure on a second worker that never finished anything',
    'ENCODER_FAILED',
    { history: [past()], worker: { ...healthy, hasSucceeded: false } },
    'retry',
  ],
  [
    'the same failure on a second worker on which another task fails too',
    'ENCODER_FAILED',
    { history: [past()], worker: { ...healthy, failures: others(1) } },
    'retry',
  ],
  ['the third video in a row on one worker', 'ENCODER_FAILED', { worker: { ...healthy, failures: others(2) } }, 'quarantine'],
  [
    'that, at the last attempt of a task',
    'ENCODER_FAILED',
    { failedAttempts: 2, worker: { ...healthy, failures: others(2) } },
    'quarantine',
  ],
  ['the second video in a row', 'ENCODER_FAILED', { worker: { ...healthy, failures: others(1) } }, 'retry'],
  [
    'one video whose tasks all fail',
    'ENCODER_FAILED',
    { worker: { ...healthy, failures: others(5).map((each) => ({ ...each, jobId: 'job-1' })) } },
    'retry',
  ],
  [
    'a task that fails again and again on one worker',
    'ENCODER_FAILED',
    { failedAttempts: 1, worker: { ...healthy, failures: [past({ worker: 'here' }), past({ worker: 'here' })] } },
    'retry',
  ],
  ['a failure on probation', 'ENCODER_FAILED', { worker: { ...healthy, quarantines: 1 } }, 'quarantine'],
  [
    'a failure on probation of a task that failed elsewhere in the same way',
    'ENCODER_FAILED',
    { history: [past()], worker: { ...healthy, quarantines: 1 } },
    'retry',
  ],
  [
    'a task that was excused often enough',
    'ENCODER_FAILED',
    {
      failedAttempts: 2,
      history: Array.from({ length: quarantinePolicy.excuses }, () => past({ worker: 'here', excused: true })),
      worker: { ...healthy, failures: others(9) },
    },
    'give-up',
  ],
  [
    'refusals of many webhook receivers',
    'WEBHOOK_REFUSED',
    { pool: 'notify', history: [past({ code: 'WEBHOOK_REFUSED' })], worker: { ...healthy, failures: others(9) } },
    'retry',
  ],
];

test.each(outcomes)('%s (%s) is answered as it should be', (_name, code, facts, outcome) => {
  expect(decide(code, facts).outcome).toBe(outcome);
});

test('a quarantine doubles with each one before, up to a limit, and what ran beside does not prolong it', () => {
  const forMs = (worker: Partial<WorkerRecord>) => {
    const decision = decide('ENCODER_FAILED', { worker: { ...healthy, failures: others(2), ...worker } });
    return decision.outcome === 'quarantine' ? decision.forMs : undefined;
  };
  const { firstMs, longestMs } = quarantinePolicy;
  expect([0, 1, 2, 50].map((quarantines) => forMs({ quarantines }))).toEqual([firstMs, firstMs * 2, firstMs * 4, longestMs]);
  expect(forMs({ quarantines: 1, quarantinedForMs: 17 })).toBe(17);
});

test('a dependency is waited for as long as the error knows', () => {
  const error = new StreamflixError('STORE_UNAVAILABLE', { details: { retryAfterMs: 60_000 } });
  expect(decideFailure(error, { ...usual, random: 0 })).toEqual({ outcome: 'wait', delayMs: 60_000 });
});

const codes = fc.constantFrom(...(Object.keys(errorCatalogue) as ErrorCode[]));
const failures = fc.array(
  fc.record({
    taskId: fc.constantFrom('task-1', 'task-2', 'task-3'),
    jobId: fc.constantFrom('job-1', 'job-2'),
    worker: fc.constantFrom('here', 'there'),
    code: codes,
    signature: fc.constantFrom('same', 'other'),
    at: fc.nat(),
    excused: fc.boolean(),
  }),
);
const facts = fc.record({
  taskId: fc.constant('task-1'),
  jobId: fc.constant('job-1'),
  pool: fc.constantFrom(...pools),
  failedAttempts: fc.nat(40),
  signature: fc.constantFrom('same', 'other'),
  history: failures,
  worker: fc.record({
    name: fc.constant('here'),
    hasSucceeded: fc.boolean(),
    quarantines: fc.nat(2000),
    quarantinedForMs: fc.nat(1000),
    failures,
  }),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

test('whatever the history, the class sets the bounds: who may be retried, and who never is', () => {
  fc.assert(
    fc.property(codes, facts, (code, given) => {
      const { outcome } = decideFailure(new StreamflixError(code), given);
      const allowed = {
        input: ['give-up'],
        bug: ['give-up'],
        control: ['release'],
        dependency: ['wait'],
        transient: ['retry', 'give-up', 'quarantine'],
      }[errorCatalogue[code].class];
      expect(allowed).toContain(outcome);
    }),
  );
});

test('no wait is negative, endless or longer than twice its policy', () => {
  fc.assert(
    fc.property(codes, facts, (code, given) => {
      const decision = decideFailure(new StreamflixError(code), given);
      if (!('delayMs' in decision)) return;
      expect(decision.delayMs).toBeGreaterThan(0);
      expect(decision.delayMs).toBeLessThanOrEqual(Math.max(4_000, retryPolicies[given.pool].maxDelayMs));
    }),
  );
});

test('a task that no worker can be blamed for ends after the attempts of its pool', () => {
  fc.assert(
    fc.property(facts, (given) => {
      const { maxAttempts } = retryPolicies[given.pool];
      const excused = Array.from({ length: quarantinePolicy.excuses }, () => past({ excused: true }));
      const decision = decide('ENCODER_FAILED', { ...given, history: excused, failedAttempts: maxAttempts - 1 });
      expect(decision.outcome).toBe('give-up');
    }),
  );
});

test('what only says that a server is away, or that somebody decided it, is not held against task or worker', () => {
  const remembered = (Object.keys(errorCatalogue) as ErrorCode[]).filter((code) => isWorthRemembering(new StreamflixError(code)));
  expect(remembered).toEqual(
    expect.arrayContaining(['ENCODER_FAILED', 'SOURCE_CORRUPT', 'INTERNAL_ERROR', 'WORKER_LOST', 'DISK_FULL']),
  );
  for (const code of ['STORE_UNAVAILABLE', 'SHUTTING_DOWN', 'JOB_CANCELLED', 'LEASE_LOST'] as const)
    expect(remembered).not.toContain(code);
});
