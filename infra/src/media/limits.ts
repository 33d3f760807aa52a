import type { Command } from './sandbox.ts';

/** What one child of a slot may take. */
export interface SlotLimits {
  /** Of memory, for the child and all that it starts. */
  memoryBytes: number;
  /** Of the largest file it writes. */
  outputBytes: number;
  /** Threads for each decoder and filter graph; an encoder that makes a rendition has one. */
  threads: number;
  /** The processors it is kept to, as taskset writes them; null: any. */
  cpuList: string | null;
}

/** For 2160p in all its rungs and presets, with a margin: measured (docs/operate.md). */
export const ordinarySlot: SlotLimits = { memoryBytes: 4 * 1024 ** 3, outputBytes: 20 * 1024 ** 3, threads: 2, cpuList: null };

const openFiles = 256;
/** Processes and threads of one sandbox: a ladder of seven rungs was seen to take fifty. */
const processes = 512;
/** Between the signal that asks a child to end and the one that ends it. */
const cpuGraceSeconds = 5;

export interface LimitWrappers {
  prlimitPath: string | null;
  tasksetPath: string | null;
}

export interface RunLimits extends SlotLimits {
  cpuSeconds: number;
  /** Whether the child counts its processes alone; outside of a sandbox it shares the count with everything of its user. */
  isAlone: boolean;
}

/**
 * The command that runs `inner` within limits that the kernel keeps, also when nobody watches any more. Of memory RLIMIT_DATA: RLIMIT_AS
 * would count the mapped libraries too, and nothing enforces RLIMIT_RSS. It counts what is asked for, so it bites a little before the
 * memory is really taken.
 */
export function limitCommand(inner: Command, limits: RunLimits, { prlimitPath, tasksetPath }: LimitWrappers): Command {
  const { memoryBytes, outputBytes, cpuSeconds, cpuList, isAlone } = limits;
  const kept =
    cpuList === null || tasksetPath === null
      ? inner
      : { command: tasksetPath, args: ['-c', cpuList, inner.command, ...inner.args] };
  if (prlimitPath === null) return kept;
  return {
    command: prlimitPath,
    args: [
      `--data=${memoryBytes}`,
      `--fsize=${outputBytes}`,
      `--cpu=${cpuSeconds}:${cpuSeconds + cpuGraceSeconds}`,
      `--nofile=${openFiles}`,
      '--core=0',
      ...(isAlone ? [`--nproc=${processes}`] : []),
      kept.command,
      ...kept.args,
    ],
  };
}

/**
 * The arguments with a number of threads for each decoder, filter graph and video encoder: left to themselves each takes all processors
 * of the machine, and memory for each of them. An encoder that was told its number before keeps that.
 */
export const withThreads = (args: readonly string[], threads: number): string[] => [
  ...['-filter_threads', String(threads), '-filter_complex_threads', String(threads)],
  ...args.flatMap((arg, index) => {
    const isTold = arg === '-i' || (arg === '-c:v' && args[index - 2] !== '-threads');
    return isTold ? ['-threads', String(threads), arg] : [arg];
  }),
];

export type ExceededLimit = 'memory' | 'cpu' | 'output';

const signatures: readonly (readonly [ExceededLimit, exitCode: number, signal: NodeJS.Signals | null, RegExp])[] = [
  ['cpu', 128 + 24, 'SIGXCPU', /received signal 24\b|received > 3 system signals/i],
  ['output', 128 + 25, 'SIGXFSZ', /File too large/],
  ['memory', -1, null, /Cannot allocate\b|malloc of size \d+ failed|bad_alloc|Out of memory/i],
];

/** Which limit ended a child, by how it ended and what it said; null when none did. A sandbox turns a signal into 128 and its number. */
export const exceededLimitOf = (end: {
  exitCode: number | null;
  exitSignal: NodeJS.Signals | null;
  stderr: readonly string[];
}): ExceededLimit | null =>
  signatures.find(
    ([, exitCode, signal, said]) =>
      end.exitCode === exitCode || (signal !== null && end.exitSignal === signal) || end.stderr.some((line) => said.test(line)),
  )?.[0] ?? null;

/** How the machine's processors are shared out: threads for each slot, and lists of processors where there is at least one for each. */
export function shareProcessors(cpus: number, slots: number): { threads: number; cpuLists: (string | null)[] } {
  const threads = Math.ceil(cpus / slots);
  const cpuLists = Array.from({ length: slots }, (_, slot) => {
    const first = Math.floor((slot * cpus) / slots);
    const last = Math.floor(((slot + 1) * cpus) / slots) - 1;
    if (last < first) return null;
    return first === last ? String(first) : `${first}-${last}`;
  });
  return { threads, cpuLists };
}
