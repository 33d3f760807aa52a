import { readFile } from 'node:fs/promises';

/** What a process and its descendants take, as /proc shows it. */
export interface TreeUsage {
  memoryBytes: number;
  cpuMs: number;
  /** Read from and written to disks, not pipes. */
  diskBytes: number;
}

/** The kernel tells it in hundredths of a second on every Linux. */
const msPerTick = 10;

/** The file's text; empty when the process is gone, or not ours to look at. */
const readProc = (pid: number, file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');

const numberAfter = (text: string, name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);

/** Of the process itself and of its children that have ended. */
function cpuMsOf(stat: string): number {
  // The name of the program stands in brackets and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return msPerTick * fields.slice(11, 15).reduce((sum, ticks) => sum + (Number(ticks) || 0), 0);
}

async function readOne(pid: number): Promise<TreeUsage & { children: number[] }> {
  const [status, stat, io, children] = await Promise.all([
    readProc(pid, 'status'),
    readProc(pid, 'stat'),
    readProc(pid, 'io'),
    readProc(pid, `task/${pid}/children`),
  ]);
  return {
    memoryBytes: 1024 * (numberAfter(status, 'RssAnon') + numberAfter(status, 'RssShmem')),
    cpuMs: cpuMsOf(stat),
    diskBytes: numberAfter(io, 'read_bytes') + numberAfter(io, 'write_bytes'),
    children: children.split(' ').map(Number).filter(Boolean),
  };
}

/** The usage of a process with its descendants, sandbox or not. All zero where there is no /proc. */
export async function readTreeUsage(pid: number): Promise<TreeUsage> {
  const total: TreeUsage = { memoryBytes: 0, cpuMs: 0, diskBytes: 0 };
  const waiting = [pid];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const one = await readOne(next);
    total.memoryBytes += one.memoryBytes;
    total.cpuMs += one.cpuMs;
    total.diskBytes += one.diskBytes;
    waiting.push(...one.children);
  }
  return total;
}
