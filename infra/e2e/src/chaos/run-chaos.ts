import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '@streamflix/infra/config';
import { openStorage, type StorageProvider } from '@streamflix/infra/storage';
import { OutcomeReader } from '../support/independent-client.ts';
import { type ChaosStack, startChaosStack } from './chaos-stack.ts';
import { chaosClip, clipNames, isGood } from './clips.ts';
import { injectFault } from './inject-fault.ts';
import {
  countDoneTwice,
  countEncodesAgain,
  countUnconfirmed,
  findMediaProcesses,
  findScratch,
  type Job,
  selectJobs,
} from './inspect.ts';
import { judge } from './judge.ts';
import type { Options } from './options.ts';
import { type Fault, planFaults } from './plan-faults.ts';
import { type PlannedJob, planJobs } from './plan-jobs.ts';
import { probePackage } from './probe-packages.ts';
import type { FaultResult, Report } from './report.ts';
import { submitJob } from './submit-job.ts';
import { verifyByCommand } from './verify.ts';

const lookEveryMs = 2_000;
const tellEveryMs = 10_000;
const endStates = new Set(['completed', 'failed', 'cancelled']);

interface Run {
  readonly options: Options;
  readonly stack: ChaosStack;
  readonly storage: StorageProvider;
  readonly outcomes: OutcomeReader;
  readonly jobs: readonly PlannedJob[];
  readonly faults: readonly Fault[];
  readonly signal: AbortSignal;
  say(text: string): void;
}

/** The whole run: attack, wait until everything ended, look. */
export async function runChaos(options: Options, say: (text: string) => void, signal: AbortSignal): Promise<Report> {
  for (const name of clipNames) await chaosClip(name);
  const startedAt = performance.now();
  const stack = await startChaosStack(say, signal);
  const storage = openStorage(loadConfig({ ...stack.env }).storage);
  const outcomes = new OutcomeReader({ ...process.env, ...stack.env });
  const { seed, faults: count, every: secondsBetween } = options;
  const overSeconds = count * secondsBetween;
  const run: Run = {
    ...{ options, stack, storage, outcomes, say, signal },
    jobs: planJobs({ seed, count: options.jobs, overSeconds }),
    faults: planFaults({ seed, count, secondsBetween, without: stack.smallDisk === undefined ? ['fill-disk'] : [] }),
  };
  try {
    say(`Attacking for ${overSeconds} s`);
    const beganAt = performance.now();
    const until = (atSeconds: number) =>
      delay(Math.max(0, beganAt + atSeconds * 1000 - performance.now()), undefined, { signal });
    const [results, refusals] = await Promise.all([attack(run, until), submitAll(run, until)]);
    await untilEnded(run);
    return await look(run, { results, refusals, startedAt });
  } finally {
    outcomes.close();
    await storage.close();
    await stack.stop({ keep: options.keep });
  }
}

type Until = (atSeconds: number) => Promise<unknown>;

/** All of them at their time; of one target one after the other, however long a server takes to come back. */
function attack({ stack, faults, say }: Run, until: Until): Promise<FaultResult[]> {
  const last = new Map<string, Promise<unknown>>();
  const inject = async (fault: Fault, before: Promise<unknown> | undefined): Promise<FaultResult> => {
    await Promise.all([until(fault.atSeconds), before]);
    const named = `fault ${fault.number} of ${faults.length}: ${fault.kind} ${fault.target}`;
    try {
      const remark = await injectFault(stack, fault);
      say(`${named}${remark === undefined ? '' : `, ${remark}`}`);
      return { fault, ...(remark !== undefined && { remark }) };
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      say(`${named} could not be done: ${failure}`);
      return { fault, failure };
    }
  };
  return Promise.all(
    faults.map((fault) => {
      const injecting = inject(fault, last.get(fault.target));
      last.set(fault.target, injecting);
      return injecting;
    }),
  );
}

/** Answers with how often a submission was refused before it was accepted. */
async function submitAll({ stack, storage, jobs, signal }: Run, until: Until): Promise<number> {
  const refusals = await Promise.all(
    jobs.map(async (job) => {
      await until(job.atSeconds);
      return await submitJob(stack, storage, job, signal);
    }),
  );
  return refusals.reduce((sum, refused) => sum + refused, 0);
}

/** Waits until every job ended and was told, and every event was read back; gives up when patience is over, and lets the judge say so. */
async function untilEnded({ options, stack, outcomes, jobs, say, signal }: Run): Promise<void> {
  const deadline = Date.now() + options.patience * 1000;
  let toldAt = 0;
  while (Date.now() < deadline) {
    const seen = await selectJobs(stack.env.DATABASE_URL);
    const ended = seen.filter(({ state }) => endStates.has(state));
    const untold = ended.filter(({ id }) => !outcomes.seen.some(({ event }) => event.jobId === id));
    const missing = jobs.filter(({ videoId }) => !seen.some((job) => job.videoId === videoId));
    const unconfirmed = await countUnconfirmed(stack.env.DATABASE_URL);
    if (ended.length === seen.length && missing.length + untold.length + unconfirmed === 0) return;
    if (Date.now() > toldAt + tellEveryMs) {
      toldAt = Date.now();
      say(
        `${ended.length} of ${seen.length} jobs ended, ${missing.length} not begun, ${untold.length} outcomes not seen yet, ${unconfirmed} events on their way`,
      );
    }
    await delay(lookEveryMs, undefined, { signal });
  }
  say(`Patience is over after ${options.patience} s`);
}

interface Attack {
  readonly results: readonly FaultResult[];
  readonly refusals: number;
  readonly startedAt: number;
}

async function look({ options, stack, storage, outcomes, jobs: planned, say }: Run, { results, refusals, startedAt }: Attack) {
  const { env, ends, workDirs } = stack;
  const jobs = await selectJobs(env.DATABASE_URL);
  say('Reading every package');
  const packageFaults: Record<string, string[]> = {};
  const completed = jobs.filter(({ state }) => state === 'completed');
  for (const { id: jobId, tenantId, version } of completed) {
    const faults = await probePackage(storage, env.FFPROBE_PATH, { jobId, tenantId, version: version ?? 0 });
    if (faults.length > 0) packageFaults[jobId] = faults;
  }
  say('Asking streamflix verify');
  const disagreements = await verifyByCommand({ ...process.env, ...env });
  const chunksAgain = await countEncodesAgain(env.DATABASE_URL);
  const frozen = results.filter(({ fault }) => fault.kind === 'freeze' && fault.target.startsWith('encode')).length;
  const encodersLost = frozen + endsOf(ends, 'encode');
  const unconfirmedEvents = await countUnconfirmed(env.DATABASE_URL);
  const killed = await stack.stopProcesses();
  const seen = outcomes.seen.map(({ topic, event }) => ({ topic, jobId: String(event.jobId), eventId: event.eventId }));
  const violations = judge({
    accepted: planned.map(({ videoId, clip }) => ({ videoId, good: isGood(clip) })),
    ...{ jobs, outcomes: seen, packageFaults, disagreements, encodersLost, unconfirmedEvents },
    chunksAgain: chunksAgain.WORKER_LOST ?? 0,
    doneTwice: await countDoneTwice(env.DATABASE_URL),
    ffmpegsLeft: findMediaProcesses(workDirs),
    scratchLeft: findScratch(workDirs),
  });
  const report: Report = {
    ...{ seed: options.seed, jobs: options.jobs, faults: options.faults, every: options.every },
    date: new Date().toISOString().slice(0, 10),
    seconds: (performance.now() - startedAt) / 1000,
    disagreements: disagreements.length,
    ...{ results, chunksAgain, encodersLost, refusals },
    ends: countEnds(jobs),
    outcomeEvents: { jobs: jobs.length, eventIds: new Set(seen.map(({ eventId }) => eventId)).size, deliveries: seen.length },
    packages: {
      verified: completed.length - Object.keys(packageFaults).length,
      damaged: Object.keys(packageFaults).length,
    },
    processEnds: [...ends.values()].reduce((sum, count) => sum + count, 0),
    violations: [...violations, ...killed.map((name) => `${name} did not end when it was asked to`)],
  };
  return report;
}

const endsOf = (ends: ReadonlyMap<string, number>, process: string): number =>
  [...ends].filter(([name]) => name.split('#')[0] === process).reduce((sum, [, count]) => sum + count, 0);

function countEnds(jobs: readonly Job[]): Record<string, number> {
  const groups = Map.groupBy(jobs, ({ state, errorCode }) => (state === 'completed' ? state : (errorCode ?? state)));
  return Object.fromEntries([...groups].map(([name, list]) => [name, list.length]));
}
