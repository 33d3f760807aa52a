import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Where the kernel counts CPU time by group, in either version of control groups, and how the count is written. */
const hierarchies = [
  { root: '/sys/fs/cgroup/cpuacct', file: 'cpuacct.usage', toSeconds: (text: string) => Number(text) / 1e9 },
  {
    root: '/sys/fs/cgroup',
    file: 'cpu.stat',
    toSeconds: (text: string) => Number(/^usage_usec (\d+)/m.exec(text)?.[1]) / 1e6,
  },
];

/**
 * The CPU time of some processes and of everything they start from now on. Counted by a control group: the sandbox around ffmpeg does not
 * wait for its child, so that its time never reaches the parents' own count. Needs root.
 */
export class CpuAccount {
  readonly #dir: string;
  readonly #read: () => number;

  private constructor(dir: string, read: () => number) {
    this.#dir = dir;
    this.#read = read;
  }

  static open(name: string): CpuAccount {
    const hierarchy = hierarchies.find(
      ({ root, file }) => existsSync(root) && (file !== 'cpu.stat' || existsSync(`${root}/cgroup.controllers`)),
    );
    if (hierarchy === undefined) throw new Error('CPU time is counted by control groups, and there are none here');
    const { root, file, toSeconds } = hierarchy;
    const dir = `${root}/streamflix-bench-${process.pid}-${name}`;
    mkdirSync(dir);
    return new CpuAccount(dir, () => toSeconds(readFileSync(`${dir}/${file}`, 'utf8')));
  }

  /** Adds these processes and their children. */
  add(pids: readonly number[]): void {
    const tree = descendantsOf(readParents(), pids);
    for (const pid of tree) writeFileSync(`${this.#dir}/cgroup.procs`, String(pid));
  }

  /** Seconds, user and system, since the account was opened. */
  seconds(): number {
    return this.#read();
  }

  /** When its processes have ended; the kernel takes a moment to let the group go. */
  async close(): Promise<void> {
    for (let attempt = 0; attempt < 50 && readFileSync(`${this.#dir}/cgroup.procs`, 'utf8') !== ''; attempt += 1)
      await delay(100);
    rmdirSync(this.#dir);
  }
}

/** The second field is the program's name in brackets and may hold anything, so counting begins after the last bracket. */
export function parentIn(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

export function descendantsOf(parents: ReadonlyMap<number, number>, roots: readonly number[]): number[] {
  const tree = new Set(roots);
  for (let before = -1; before !== tree.size; ) {
    before = tree.size;
    for (const [pid, parent] of parents) if (tree.has(parent)) tree.add(pid);
  }
  return [...tree];
}

function readParents(): Map<number, number> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Map(
    pids.flatMap((pid): [number, number][] => {
      try {
        return [[Number(pid), parentIn(readFileSync(`/proc/${pid}/stat`, 'utf8'))]];
      } catch (error) {
        // It ended between the listing and the reading.
        if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return [];
        throw error;
      }
    }),
  );
}
