import { type SpawnSyncReturns, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { projectDir } from '../run/step.ts';

type Ended = Pick<SpawnSyncReturns<string>, 'status' | 'stdout' | 'stderr'>;

/** The command line, as a script calls it. */
export async function streamflix(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn('npm', ['run', '--silent', 'streamflix', '--', ...args], {
    cwd: projectDir,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { status, stdout, stderr };
}
