import type { Reason, ReasonOf } from '../api/explanation.ts';
import { listed } from './explain-ladder.ts';

type Say<T> = { [C in Reason['code']]: (reason: ReasonOf<C>, now: Date) => T };

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
const are = (count: number): string => (count === 1 ? 'is' : 'are');
const wait = (count: number): string => (count === 1 ? 'waits' : 'wait');
const tasksOf = (tasks: number, pool: string): string => `${counted(tasks, 'task')} of ${pool} ${wait(tasks)}`;

/** How long until then. */
function span(until: string, now: Date): string {
  const seconds = Math.max(0, Math.ceil((Date.parse(until) - now.getTime()) / 1000));
  if (seconds < 120) return counted(seconds, 'second');
  return counted(Math.round(seconds / 60), 'minute');
}

const servers: Record<string, string> = {
  STORE_UNAVAILABLE: 'the object store',
  DATABASE_UNAVAILABLE: 'the database',
  BUS_UNAVAILABLE: 'Kafka',
  REGISTRY_UNAVAILABLE: 'the schema registry',
  DISK_FULL: 'room on the disk of a worker',
  ENCODER_UNAVAILABLE: 'an encoder',
};
const awaited = (error: string): string => servers[error] ?? error;

function sayTurn({ pool, tasks, ahead, aheadOfOthers, slots, busySlots }: ReasonOf<'turn'>): string {
  if (ahead === 0 && busySlots < slots) return `${tasksOf(tasks, pool)} to be claimed, and ${are(tasks)} next.`;
  const busy = `${busySlots} of ${counted(slots, 'slot')} ${are(busySlots)} busy`;
  if (ahead === 0) return `${tasksOf(tasks, pool)} for a free slot, next in turn: ${busy}.`;
  const whose = aheadOfOthers === 0 ? 'all of the same tenant' : `${aheadOfOthers} of other tenants`;
  return `${tasksOf(tasks, pool)} for their turn: ${counted(ahead, 'task')} ${are(ahead)} claimed before, ${whose}; ${busy}.`;
}

/** Each reason as a sentence. */
const told: Say<string> = {
  'not-taken-in': () => 'The upload is accepted and ingest has not taken it in yet.',
  turn: sayTurn,
  'tenant-limit': ({ pool, tasks, running, mayRun }) =>
    `${tasksOf(tasks, pool)} for the tenant's own work: it runs ${running} at once and may run ${mayRun}.`,
  capability: ({ pool, tasks, requires }) => `${tasksOf(tasks, pool)} for a worker that has ${listed(requires)}: none is there.`,
  'no-worker': ({ pool, tasks }) => `${tasksOf(tasks, pool)} for a worker: none was seen lately.`,
  quarantine: ({ pool, tasks, workers, until }, now) =>
    `${tasksOf(tasks, pool)}: ${workers === 1 ? 'the only worker' : `all ${workers} workers`} that could do it ${are(workers)} quarantined` +
    `${until === null ? '' : `, the first for ${span(until, now)} more`}, for tasks of several videos failed there.`,
  backoff: ({ task, until, error, failedAttempts, maxAttempts }, now) =>
    `${task} failed with ${error} and is tried again in ${span(until, now)}: ${failedAttempts} of ${counted(maxAttempts, 'attempt')} ` +
    `${are(failedAttempts)} spent.`,
  dependency: ({ pool, task, error, until }, now) =>
    `${task ?? `The work of ${pool}`} waits for ${awaited(error)} (${error})${until === null ? '' : `; it is tried again in ${span(until, now)}`}. ` +
    'No attempt is lost by it.',
  parts: ({ open, total }) => `The package waits for ${open} of ${counted(total, 'part')}.`,
  running: ({ tasks, total, workers }) =>
    `${counted(tasks, 'task')} of ${total} ${tasks === 1 ? 'runs' : 'run'}${workers.length === 0 ? '' : ` on ${listed(workers)}`}.`,
  'rendition-given-up': ({ rendition, error, message }) => `The job does without ${rendition}: ${error}: ${message}`,
  'priority-lowered': ({ requested, granted }) =>
    `Priority ${requested} was asked for and lowered to ${granted}, the highest of the tenant.`,
  completed: ({ warnings }) =>
    warnings === 0
      ? 'The package is published.'
      : `The package is published, without ${counted(warnings, 'optional rendition')} that could not be made.`,
  failed: ({ error, message, stage }) => `The job failed${stage === null ? '' : ` in ${stage}`} with ${error}: ${message}`,
  cancelled: ({ who, why }) => `${who} cancelled the job${why === null ? '' : `: ${why}`}`,
  'dead-letter': ({ state, pool, error }) =>
    `A task${pool === null ? '' : ` of ${pool}`} was given up with ${error} and put aside as a dead letter (${state}).`,
};

/** What comes after each, or what somebody could do; null where another reason says it. */
const next: Say<string | null> = {
  'not-taken-in': () => 'Ingest takes it in when it reads the event; then the source is probed.',
  turn: ({ cpuSecondsAhead, slots }) =>
    slots === 0
      ? null
      : `A worker claims it in its turn, after about ${counted(Math.ceil(cpuSecondsAhead / slots), 'second')} of other work. A higher priority moves it forward.`,
  'tenant-limit': () => "As one of the tenant's tasks ends, the next is claimed. An administrator can grant more at once.",
  capability: ({ requires }) =>
    `It is claimed once a worker reports ${listed(requires)}. What is optional is given up after a while; what is required waits until the deadline.`,
  'no-worker': ({ pool }) => `It is claimed once a worker of ${pool} starts.`,
  quarantine: () => 'After the quarantine one task is tried there; a worker elsewhere would take it at once.',
  backoff: ({ failedAttempts, maxAttempts }) =>
    `It runs again by itself, elsewhere if possible; after ${counted(Math.max(0, maxAttempts - failedAttempts), 'more failure')} it is given up.`,
  dependency: ({ error }) => `It goes on by itself when ${awaited(error)} answers.`,
  parts: () => 'With the last of them the package is made and verified.',
  running: () => null,
  'rendition-given-up': () => null,
  'priority-lowered': () => null,
  completed: () => 'Nothing: the job has ended.',
  failed: ({ mayDoBetter }) =>
    mayDoBetter
      ? 'Nothing by itself. Once the cause is mended, a retry goes on from what is done.'
      : 'Nothing by itself: the source or the request is at fault. Submit one that is mended.',
  cancelled: () => 'Nothing by itself. A retry takes it up where it was stopped.',
  'dead-letter': ({ state }) => (state === 'resolved' ? null : 'An operator can replay or park the dead letter.'),
};

const say = <T>(table: Say<T>, reason: Reason, now: Date): T =>
  (table[reason.code] as (reason: Reason, now: Date) => T)(reason, now);

export const sentenceOf = (reason: Reason, now: Date): string => say(told, reason, now);
export const nextAfter = (reason: Reason, now: Date): string | null => say(next, reason, now);
