import { readFileSync } from 'node:fs';
import { errorCode } from './files.ts';

/** A pid alone is recycled; with the start time (clock ticks since boot) it names one process for as long as the machine is up. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: number;
}

/** Reads a line of /proc/<pid>/stat. The command's name stands in parentheses and may itself hold spaces and parentheses. */
export function parseProcStat(line: string): (ProcessIdentity & { readonly state: string }) | undefined {
  const pid = Number.parseInt(line, 10);
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTicks = Number(fields[19]);
  if (!Number.isInteger(pid) || state === undefined || !Number.isInteger(startTicks)) return undefined;
  return { pid, startTicks, state };
}

export function identifyProcess(pid: number): ProcessIdentity | undefined {
  try {
    const seen = parseProcStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    // A zombie has ended: only its parent has not looked yet.
    return seen === undefined || seen.state === 'Z' || seen.state === 'X' ? undefined : { pid, startTicks: seen.startTicks };
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return undefined;
    throw error;
  }
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startTicks === identity.startTicks;
}

/** Signals the whole group a detached process leads; false when it has already gone. */
export function signalGroup(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false;
  try {
    process.kill(-identity.pid, signal);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
    throw error;
  }
}
