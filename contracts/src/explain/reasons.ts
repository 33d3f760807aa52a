import type { Reason } from '../api/explanation.ts';
import { type ErrorCode, errorCatalogue } from '../errors/catalogue.ts';
import { jobLifecycle } from '../lifecycle/job-state.ts';
import { taskLifecycle } from '../lifecycle/task-state.ts';
import { retryPolicies } from '../work/pools.ts';
import type { JobSituation, LineFacts, TaskSituation } from './situation.ts';

const isKnown = (code: string): code is ErrorCode => Object.hasOwn(errorCatalogue, code);
export const errorClassOf = (code: string | null) => (code !== null && isKnown(code) ? errorCatalogue[code].class : null);

/** What work waits with when a server of the platform is away. */
export const outageCodes: readonly ErrorCode[] = [
  'STORE_UNAVAILABLE',
  'DATABASE_UNAVAILABLE',
  'BUS_UNAVAILABLE',
  'REGISTRY_UNAVAILABLE',
];

/** Why nothing of a line can be claimed, whoever's turn it is; null when a worker could take it. */
function obstacleOf({ pool, requires, tasks, workers, outage }: LineFacts): Reason | null {
  const { seen, able, quarantined, quarantinedUntil } = workers;
  if (able > 0)
    return quarantined < able
      ? null
      : { code: 'quarantine', pool, tasks, workers: quarantined, until: quarantinedUntil?.toISOString() ?? null };
  // Workers that wait for a server do not show themselves either.
  if (outage !== null) return { code: 'dependency', pool, task: null, error: outage, until: null };
  if (requires.length > 0 && seen > 0) return { code: 'capability', pool, tasks, requires: [...requires] };
  return { code: 'no-worker', pool, tasks };
}

function reasonsOfLine(line: LineFacts): Reason[] {
  const { pool, tasks, isDue, tenant, ahead, slots } = line;
  const obstacle = obstacleOf(line);
  if (obstacle !== null) return [obstacle];
  if (tenant.mayRun !== null && tenant.running >= tenant.mayRun)
    return [{ code: 'tenant-limit', pool, tasks, running: tenant.running, mayRun: tenant.mayRun }];
  if (!isDue) return [];
  const before = { ahead: ahead.tasks, aheadOfOthers: ahead.ofOthers, cpuSecondsAhead: ahead.cpuSeconds };
  return [{ code: 'turn', pool, tasks, ...before, slots: slots.all, busySlots: slots.busy }];
}

function reasonOfDelay({ name, pool, notBefore, errorCode, failedAttempts }: TaskSituation, now: Date): Reason[] {
  if (notBefore === null || notBefore <= now) return [];
  const [until, error] = [notBefore.toISOString(), errorCode ?? 'INTERNAL_ERROR'];
  if (errorClassOf(errorCode) === 'dependency') return [{ code: 'dependency', pool, task: name, error, until }];
  const { maxAttempts } = retryPolicies[pool];
  return [{ code: 'backoff', task: name, pool, until, error, failedAttempts, maxAttempts }];
}

function reasonsOfWork({ job, tasks, lines, now }: JobSituation): Reason[] {
  if (tasks.length === 0) return [{ code: 'not-taken-in' }];
  const running = tasks.filter(({ state }) => state === 'running');
  const workers = [...new Set(running.flatMap(({ worker }) => worker ?? []))];
  const delays = tasks.filter(({ state }) => state === 'retrying').flatMap((task) => reasonOfDelay(task, now));
  const parts = tasks.filter(({ pool }) => pool === 'encode');
  const open = parts.filter(({ state }) => !taskLifecycle.isTerminal(state)).length;
  const awaitsParts = job.plan !== null && open > 0;
  return [
    ...(running.length > 0 ? [{ code: 'running', tasks: running.length, total: tasks.length, workers } as const] : []),
    ...lines.flatMap(reasonsOfLine),
    ...delays,
    ...(awaitsParts ? [{ code: 'parts', open, total: parts.length } as const] : []),
  ];
}

function reasonOfEnd({ job, end, givenUp }: JobSituation): Reason[] {
  const { state, errorCode, errorMessage, errorStage } = job;
  if (state === 'completed') return [{ code: 'completed', warnings: new Set(givenUp.map(({ name }) => name)).size }];
  if (state === 'cancelled') return [{ code: 'cancelled', who: end?.who ?? 'somebody', why: errorMessage ?? end?.why ?? null }];
  const error = errorCode ?? 'INTERNAL_ERROR';
  const mayDoBetter = errorClassOf(error) !== 'input';
  return [{ code: 'failed', error, message: errorMessage ?? '', stage: errorStage, mayDoBetter }];
}

/** Why the job stands where it stands, the most telling reason first. */
export function reasonsOf(facts: JobSituation): Reason[] {
  const { job, givenUp, letters } = facts;
  const { requestedPriority, priority } = job;
  return [
    ...(jobLifecycle.isTerminal(job.state) ? reasonOfEnd(facts) : reasonsOfWork(facts)),
    ...letters.map(({ id, state, pool, code }): Reason => ({ code: 'dead-letter', letterId: id, state, pool, error: code })),
    ...givenUp.map(({ name, code, message }): Reason => ({ code: 'rendition-given-up', rendition: name, error: code, message })),
    ...(requestedPriority === null
      ? []
      : [{ code: 'priority-lowered', requested: requestedPriority, granted: priority } as const]),
  ];
}
