import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { claimTask, type WorkPorts } from '@streamflix/infra/work';
import { startHands } from './hands.ts';

export interface Latencies {
  claims: number;
  seconds: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

const leaseMs = 15_000;
/** How often it is looked at whether the process is late. */
const tickMs = 10;

function summarise(samples: readonly number[], seconds: number): Latencies {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (fraction: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
  return { claims: sorted.length, seconds, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

async function claimOne(ports: WorkPorts, worker: string) {
  const from = performance.now();
  const claimed = await claimTask(ports, { pool: 'encode', worker, leaseMs });
  const ms = performance.now() - from;
  if (claimed === null) throw new Error('nothing was left to claim');
  return { claim: { taskId: claimed.task.id, epoch: claimed.task.epoch }, ms };
}

export interface Load {
  databaseUrl: string;
  /** Connections of those who work on what was claimed. */
  poolSize: number;
  workers: number;
  /** How long each works on a task, on average. */
  taskMs: number;
  seconds: number;
  signal: AbortSignal;
}

export interface UnderLoad extends Latencies {
  /** How late the process that measures came to what it had to do: a claim may look longer by so much. */
  lateP99Ms: number;
}

/**
 * Workers that claim, renew and finish as real ones do. They come one after the other within one task's length; only what is claimed
 * afterwards is counted.
 */
export async function claimUnderLoad(ports: WorkPorts, load: Load): Promise<UnderLoad> {
  const { databaseUrl, poolSize, workers, taskMs, seconds, signal } = load;
  const samples: number[] = [];
  await using hands = await startHands({ databaseUrl, poolSize, taskMs, leaseMs });
  const lateness = monitorEventLoopDelay({ resolution: tickMs });
  const begin = performance.now() + taskMs;
  const end = begin + seconds * 1000;
  const work = async (worker: string): Promise<void> => {
    await delay(Math.random() * taskMs, undefined, { signal });
    while (performance.now() < end) {
      const from = performance.now();
      const { claim, ms } = await claimOne(ports, worker);
      if (from >= begin) samples.push(ms);
      await hands.workOn({ worker, claim });
      signal.throwIfAborted();
    }
  };
  lateness.enable();
  await Promise.all(Array.from({ length: workers }, (_, index) => work(`worker-${index}`)));
  lateness.disable();
  return { ...summarise(samples, seconds), lateP99Ms: lateness.percentile(99) / 1e6 - tickMs };
}

/** More claims of each connection than PostgreSQL plans anew before it keeps a plan. */
const claimsUntilPlanned = 20;

/** Opens the connections and has their statements planned, as they are after a worker's first minute. */
export async function warmUp(ports: WorkPorts, connections: number): Promise<void> {
  const claimSome = async (worker: string): Promise<void> => {
    for (let claims = 0; claims < claimsUntilPlanned; claims += 1) await claimOne(ports, worker);
  };
  await Promise.all(Array.from({ length: connections }, (_, index) => claimSome(`early-${index}`)));
}

/** Claims as fast as so many at once can. */
export async function claimAtMost(
  ports: WorkPorts,
  { atOnce, seconds, signal }: { atOnce: number; seconds: number; signal: AbortSignal },
): Promise<Latencies> {
  const samples: number[] = [];
  const begin = performance.now();
  const claimAll = async (worker: string): Promise<void> => {
    while (performance.now() < begin + seconds * 1000) {
      signal.throwIfAborted();
      samples.push((await claimOne(ports, worker)).ms);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_, index) => claimAll(`fast-${index}`)));
  return summarise(samples, (performance.now() - begin) / 1000);
}
