import { objectKeys } from '../identifiers.ts';
import { jobLifecycle } from '../lifecycle/job-state.ts';
import { workKeptSeconds } from '../lifecycle/kept-work.ts';
import { taskLifecycle } from '../lifecycle/task-state.ts';
import type { CheckerLimits, HistoryFacts, JobFacts, TaskFacts } from './facts.ts';
import { type Finding, tellSome, toFinding } from './finding-kinds.ts';

interface Moment {
  now: number;
  limits: CheckerLimits;
}

interface Lifecycle {
  states: readonly string[];
  mayBecome(from: string, to: string): boolean;
}

/** What is wrong with a chain of steps; null when it is legal, connected and ends in the state. */
function faultOfSteps(
  steps: HistoryFacts[],
  first: string | null,
  state: string,
  { states, mayBecome }: Lifecycle,
): string | null {
  let at = first;
  for (const { from, to } of steps) {
    // A note: something was decided that left it in its state.
    if (from === to && to === at) continue;
    if (from !== at) return `a step from ${from} after ${at}`;
    if (!states.includes(to) || (from !== null && !mayBecome(from, to))) return `a step from ${from} to ${to}`;
    at = to;
  }
  return at === state ? null : `the steps end in ${at}`;
}

function checkHistory({ jobId, state, tasks, history }: JobFacts): Finding[] {
  const steps = Map.groupBy(history, ({ taskId }) => taskId);
  const wrong = [
    {
      name: 'job',
      state: state as string,
      fault: faultOfSteps(steps.get(null) ?? [], 'pending', state, jobLifecycle as Lifecycle),
    },
    ...tasks.map((task) => ({
      name: task.name,
      state: task.state as string,
      fault: faultOfSteps(steps.get(task.id) ?? [], null, task.state, taskLifecycle as Lifecycle),
    })),
  ].filter(({ fault }) => fault !== null);
  if (wrong.length === 0) return [];
  const says = wrong.map((each) => `${each.name} is ${each.state}`);
  const told = wrong.map((each) => `${each.name}: ${each.fault}`);
  return [toFinding(jobId, 'history-illegal', tellSome(says), `history: ${tellSome(told)}`)];
}

/** A webhook is sent after the end, and says nothing about the video. */
const isOfTheVideo = ({ pool }: TaskFacts): boolean => pool !== 'notify';
const isOpen = ({ state }: TaskFacts): boolean => !taskLifecycle.isTerminal(state);
const canRun = (task: TaskFacts): boolean => isOpen(task) && task.state !== 'waiting';
const describe = ({ name, state }: TaskFacts): string => `${name} is ${state}`;

function checkTasks({ jobId, state, updatedAt, tasks, unconfirmed }: JobFacts, { now, limits }: Moment): Finding[] {
  const ofVideo = tasks.filter(isOfTheVideo);
  if (jobLifecycle.isTerminal(state)) {
    const open = ofVideo.filter(isOpen);
    return open.length === 0
      ? []
      : [toFinding(jobId, 'task-open', `the job is ${state}`, `tasks: ${tellSome(open.map(describe))}`)];
  }
  const lapsed = ofVideo.filter(({ leaseUntil }) => leaseUntil !== null && leaseUntil < now - limits.lapsedLeaseMs);
  if (lapsed.length > 0) {
    const since = lapsed.map(({ name, leaseUntil }) => `${name} since ${new Date(leaseUntil ?? 0).toISOString()}`);
    return [toFinding(jobId, 'lease-lapsed', tellSome(lapsed.map(describe)), `leases: lapsed, ${tellSome(since)}`)];
  }
  // A task that will be made when its event is heard: the outbox tells of that one.
  const isStalled = updatedAt < now - limits.stalledMs && unconfirmed.length === 0 && !ofVideo.some(canRun);
  if (!isStalled) return [];
  const work = ofVideo.length === 0 ? 'none' : tellSome(ofVideo.map(describe));
  return [toFinding(jobId, 'job-stalled', `the job is ${state} since ${new Date(updatedAt).toISOString()}`, `tasks: ${work}`)];
}

const namesIn = (list: unknown): string[] =>
  Array.isArray(list) ? list.flatMap((each: { name?: unknown }) => (typeof each?.name === 'string' ? [each.name] : [])) : [];

function checkRenditions({ jobId, state, tasks, renditions, outcome }: JobFacts): Finding[] {
  const told = state === 'completed' ? [...namesIn(outcome?.renditions), ...namesIn(outcome?.audio)] : [];
  const done = new Set(renditions.filter((rendition) => rendition.done).map(({ name }) => name));
  const madeOf = (name: string) => tasks.filter((task) => task.renditions.includes(name));
  const made = renditions
    .map(({ name }) => name)
    .filter((name) => madeOf(name).length > 0 && madeOf(name).every((task) => task.state === 'done'));
  const wrong = [...new Set([...told, ...made])].filter((name) => !done.has(name));
  if (wrong.length === 0) return [];
  const why = wrong.map((name) => `${name} ${told.includes(name) ? 'is in the outcome' : 'has all its tasks done'}`);
  return [toFinding(jobId, 'rendition-unfinished', `not done: ${tellSome(wrong)}`, `tasks and outcome: ${tellSome(why)}`)];
}

/** Fields of the outcome that the row of the job decides. */
function expectedFields(job: JobFacts): Record<string, unknown> {
  const { jobId, tenantId, videoId, state, packageVersion, outcomeEventIds } = job;
  const identity = { eventId: outcomeEventIds.at(-1), jobId, tenantId, videoId };
  if (state !== 'completed') return identity;
  return { ...identity, packageVersion, packagePrefix: objectKeys.packagePrefix(tenantId, jobId, packageVersion ?? 0) };
}

function checkOutcomeRow(job: JobFacts): Finding[] {
  const { jobId, state, outcome } = job;
  if (outcome === null)
    return jobLifecycle.isTerminal(state)
      ? [toFinding(jobId, 'outcome-contradicts', `the job is ${state}`, 'outcome: none')]
      : [];
  const faults = Object.entries(expectedFields(job))
    .filter(([name, expected]) => outcome[name] !== expected)
    .map(([name, expected]) => `${name} is ${JSON.stringify(outcome[name])} instead of ${JSON.stringify(expected)}`);
  const told = outcome.code === undefined ? 'completed' : outcome.code === 'JOB_CANCELLED' ? 'cancelled' : 'failed';
  if (told !== state) faults.unshift(`it tells of a job that is ${told}`);
  return faults.length === 0
    ? []
    : [toFinding(jobId, 'outcome-contradicts', `the job is ${state}`, `outcome: ${tellSome(faults)}`)];
}

function checkOutbox({ jobId, unconfirmed }: JobFacts, { now, limits }: Moment): Finding[] {
  const old = unconfirmed.filter(({ createdAt }) => createdAt < now - limits.unconfirmedMs);
  if (old.length === 0) return [];
  const events = old.map(({ eventId, topic, createdAt }) => `${eventId} of ${new Date(createdAt).toISOString()} for ${topic}`);
  return [toFinding(jobId, 'outbox-unconfirmed', `committed: ${tellSome(events)}`, 'topics: not read back')];
}

function checkCleanUp({ jobId, state, finishedAt, cleanedAt }: JobFacts, { now, limits }: Moment): Finding[] {
  if (finishedAt === null || cleanedAt !== null) return [];
  const keptSeconds = state === 'completed' || state === 'cancelled' ? workKeptSeconds[state] : workKeptSeconds.failed;
  if (finishedAt > now - keptSeconds * 1000 - limits.cleanupMs) return [];
  return [toFinding(jobId, 'cleanup-overdue', `${state} since ${new Date(finishedAt).toISOString()}`, 'clean-up: not done')];
}

/** Whether the rows of a job agree with one another. */
export const checkWork = (job: JobFacts, moment: Moment): Finding[] => [
  ...checkHistory(job),
  ...checkTasks(job, moment),
  ...checkRenditions(job),
  ...checkOutcomeRow(job),
  ...checkOutbox(job, moment),
  ...checkCleanUp(job, moment),
];
