import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** What the programs that were run on a file took, all together or the most at a time. */
export interface Taken {
  /** The largest of them. */
  peakBytes: number;
  cpuSeconds: number;
  wallSeconds: number;
}

const everyMs = 40;
const ticksPerSecond = 100;

const numberAfter = (text: string, name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);

/** The kernel keeps the peak, so that a look now and then sees all but the last moment. */
async function look(pid: string, text: string): Promise<{ peakBytes: number; cpuSeconds: number } | null> {
  try {
    const folder = `/proc/${pid}`;
    if (!(await readFile(`${folder}/cmdline`, 'utf8')).includes(text)) return null;
    const [status, stat] = await Promise.all([readFile(`${folder}/status`, 'utf8'), readFile(`${folder}/stat`, 'utf8')]);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      peakBytes: numberAfter(status, 'VmHWM') * 1024,
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    };
  } catch {
    // It has ended meanwhile.
    return null;
  }
}

/** Runs `work` and samples the processes whose command line names `text`. */
export async function watchProcesses<T>(text: string, work: () => Promise<T>): Promise<{ result: T; taken: Taken }> {
  const done = new AbortController();
  const cpuOf = new Map<string, number>();
  let peakBytes = 0;
  const sample = async (): Promise<void> => {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    for (const pid of pids) {
      const seen = await look(pid, text);
      if (seen === null) continue;
      cpuOf.set(pid, seen.cpuSeconds);
      peakBytes = Math.max(peakBytes, seen.peakBytes);
    }
  };
  const sampling = (async () => {
    while (!done.signal.aborted) {
      await sample();
      await delay(everyMs, undefined, { signal: done.signal }).catch(() => undefined);
    }
  })();
  const startedAt = performance.now();
  try {
    const result = await work();
    const wallSeconds = (performance.now() - startedAt) / 1000;
    const cpuSeconds = [...cpuOf.values()].reduce((sum, each) => sum + each, 0);
    return { result, taken: { peakBytes, cpuSeconds, wallSeconds } };
  } finally {
    done.abort();
    await sampling;
  }
}
