import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { descendantsOf, readAllStats } from './process-stat.ts';

/** The CPU time of some processes and of everything they start from the moment they are added. */
export interface CpuAccount {
  /** Adds these processes and their children. */
  add(pids: readonly number[]): void;
  /** Those that live now. */
  pids(): number[];
  /** User and system, of the living and of those that ended. */
  seconds(): number;
  close(): Promise<void>;
}

/**
 * How time is counted here. Not by what parents collect of their children (`cutime`): the sandbox around ffmpeg ends without waiting for
 * its child, whose time then reaches nobody.
 */
export const howCounted = (): string =>
  findHierarchy() === undefined
    ? 'by looking at the processes ten times a second, so that the last tenth of each is missing'
    : 'by control groups, which miss nothing';

export function openCpuAccount(name: string): CpuAccount {
  const hierarchy = findHierarchy();
  return hierarchy === undefined ? new SampledAccount() : new GroupAccount(hierarchy, name);
}

interface Hierarchy {
  root: string;
  file: string;
  toSeconds(text: string): number;
}

/** Where the kernel counts by group, in either version of control groups. */
const hierarchies: readonly Hierarchy[] = [
  { root: '/sys/fs/cgroup/cpuacct', file: 'cpuacct.usage', toSeconds: (text) => Number(text) / 1e9 },
  { root: '/sys/fs/cgroup', file: 'cpu.stat', toSeconds: (text) => Number(/^usage_usec (\d+)/m.exec(text)?.[1]) / 1e6 },
];

let found: { hierarchy: Hierarchy | undefined } | undefined;

/** The one in which groups can be made; undefined without root, and where the folder is read-only. */
function findHierarchy(): Hierarchy | undefined {
  found ??= { hierarchy: hierarchies.find(canMakeGroups) };
  return found.hierarchy;
}

function canMakeGroups({ root, file }: Hierarchy): boolean {
  const dir = `${root}/streamflix-bench-${process.pid}-try`;
  try {
    mkdirSync(dir);
  } catch {
    return false;
  }
  const counts = existsSync(`${dir}/${file}`) && existsSync(`${dir}/cgroup.procs`);
  rmdirSync(dir);
  return counts;
}

class GroupAccount implements CpuAccount {
  readonly #hierarchy: Hierarchy;
  readonly #dir: string;

  constructor(hierarchy: Hierarchy, name: string) {
    this.#hierarchy = hierarchy;
    this.#dir = `${hierarchy.root}/streamflix-bench-${process.pid}-${name}`;
    mkdirSync(this.#dir);
  }

  add(pids: readonly number[]): void {
    for (const pid of descendantsOf(readAllStats(), pids)) this.#addOne(pid);
  }

  #addOne(pid: number): void {
    try {
      writeFileSync(`${this.#dir}/cgroup.procs`, String(pid));
    } catch (error) {
      // It ended since it was listed.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }

  pids(): number[] {
    return this.#read('cgroup.procs').split('\n').filter(Boolean).map(Number);
  }

  seconds(): number {
    return this.#hierarchy.toSeconds(this.#read(this.#hierarchy.file));
  }

  /** When its processes have ended; the kernel takes a moment to let the group go. */
  async close(): Promise<void> {
    for (let attempt = 0; attempt < 50 && this.pids().length > 0; attempt += 1) await delay(100);
    rmdirSync(this.#dir);
  }

  #read(file: string): string {
    return readFileSync(`${this.#dir}/${file}`, 'utf8');
  }
}

const sampleEveryMs = 100;

export class SampledAccount implements CpuAccount {
  readonly #roots: number[] = [];
  /** By pid and start: what it had used when it was added or first seen, and when it was seen last. */
  readonly #seen = new Map<string, { pid: number; from: number; to: number }>();
  readonly #timer = setInterval(() => this.#sample(), sampleEveryMs);
  #living: number[] = [];

  add(pids: readonly number[]): void {
    this.#roots.push(...pids);
    this.#sample('count from here');
  }

  pids(): number[] {
    return this.#living;
  }

  seconds(): number {
    this.#sample();
    return [...this.#seen.values()].reduce((sum, { from, to }) => sum + to - from, 0);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
  }

  #sample(newcomers: 'count from here' | 'count whole' = 'count whole'): void {
    const all = readAllStats();
    const tree = new Set(descendantsOf(all, this.#roots));
    const living = all.filter(({ pid }) => tree.has(pid));
    this.#living = living.map(({ pid }) => pid);
    for (const { pid, cpuSeconds, startedAtSeconds } of living) {
      const key = `${pid} ${startedAtSeconds}`;
      const before = this.#seen.get(key);
      if (before !== undefined) before.to = cpuSeconds;
      else this.#seen.set(key, { pid, from: newcomers === 'count whole' ? 0 : cpuSeconds, to: cpuSeconds });
    }
  }
}
