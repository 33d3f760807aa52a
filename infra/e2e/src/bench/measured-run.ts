import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openCpuAccount } from './cpu-account.ts';

/** What one way of doing the job cost. */
export interface Cost {
  wallSeconds: number;
  cpuSeconds: number;
}

export interface MeasuredRun {
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** Where it says something nobody needs to read. */
  isTalkative?: boolean;
  signal: AbortSignal;
}

/** Runs a program to its end and counts its time and that of all it starts. An aborted one is killed and waited for. */
export async function runMeasured({ command, args, env, isTalkative = false, signal }: MeasuredRun): Promise<Cost> {
  signal.throwIfAborted();
  const account = openCpuAccount('command');
  try {
    const startedAt = performance.now();
    const told = isTalkative ? 'ignore' : 'inherit';
    const child = spawn(command, args, { stdio: ['ignore', told, told], detached: true, env: env ?? process.env });
    const { pid } = child;
    const kill = (): void => {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    };
    signal.addEventListener('abort', kill, { once: true });
    const ended = once(child, 'exit');
    if (pid !== undefined) account.add([pid]);
    const [code] = await ended;
    const cost = { wallSeconds: (performance.now() - startedAt) / 1000, cpuSeconds: account.seconds() };
    signal.removeEventListener('abort', kill);
    signal.throwIfAborted();
    if (code !== 0) throw new Error(`${command} ended with ${code}`);
    return cost;
  } finally {
    await account.close();
  }
}
