import { readdirSync, readFileSync } from 'node:fs';

/** Linux tells times in /proc in hundredths of a second, whatever the kernel counts in. */
export const ticksPerSecond = 100;

/** One line of /proc/<pid>/stat. */
export interface ProcessStat {
  pid: number;
  /** At most fifteen characters. */
  name: string;
  parent: number;
  /** User and system, its own, without its children. */
  cpuSeconds: number;
  /** Since the machine started. With the pid it tells a process from one that got its number later. */
  startedAtSeconds: number;
}

/** The second field is the program's name in brackets and may hold anything, so counting begins after the last bracket. */
export function parseStat(line: string): ProcessStat {
  const [open, close] = [line.indexOf('('), line.lastIndexOf(')')];
  // Field 3, the state, is the first one here.
  const fields = line
    .slice(close + 2)
    .split(' ')
    .map(Number);
  const field = (number: number): number => fields[number - 3] ?? 0;
  return {
    pid: Number(line.slice(0, open)),
    name: line.slice(open + 1, close),
    parent: field(4),
    cpuSeconds: (field(14) + field(15)) / ticksPerSecond,
    startedAtSeconds: field(22) / ticksPerSecond,
  };
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH');

function ofProcess(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Undefined when it has ended. */
export function readStat(pid: number): ProcessStat | undefined {
  const line = ofProcess(pid, 'stat');
  return line === undefined ? undefined : parseStat(line);
}

/** What it has in memory, and the most it ever had. */
export interface ProcessMemory {
  residentBytes: number;
  peakBytes: number;
}

/** Of the text of /proc/<pid>/status; undefined where a process on its way out has no memory any more. */
export function parseMemory(status: string): ProcessMemory | undefined {
  const bytesOf = (field: string): number => 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
  const [residentBytes, peakBytes] = [bytesOf('VmRSS'), bytesOf('VmHWM')];
  return Number.isNaN(residentBytes) || Number.isNaN(peakBytes) ? undefined : { residentBytes, peakBytes };
}

/** Undefined when it has ended. */
export function readMemory(pid: number): ProcessMemory | undefined {
  const status = ofProcess(pid, 'status');
  return status === undefined ? undefined : parseMemory(status);
}

/** Empty when it has ended. */
export const readCommandLine = (pid: number): string[] => ofProcess(pid, 'cmdline')?.split('\0').slice(0, -1) ?? [];

export function readAllStats(): ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => readStat(Number(pid)) ?? []);
}

/** Seconds since the machine started: the clock of `startedAtSeconds`. */
export const uptimeSeconds = (): number => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);

/** The roots and everything below them. */
export function descendantsOf(all: readonly Pick<ProcessStat, 'pid' | 'parent'>[], roots: readonly number[]): number[] {
  const tree = new Set(roots);
  for (let before = -1; before !== tree.size; ) {
    before = tree.size;
    for (const { pid, parent } of all) if (tree.has(parent)) tree.add(pid);
  }
  return [...tree];
}
