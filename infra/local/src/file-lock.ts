import { randomUUID } from 'node:crypto';
import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { errorCode, isMissing, readFileIfThere } from './files.ts';
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.ts';

/** One process at a time per path. A holder that was killed does not count: its pid and start time no longer match. */
export async function withFileLock<T>(
  path: string,
  onWait: (holderPid: number) => void,
  run: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const token = randomUUID();
  await acquire(path, token, onWait, signal);
  try {
    return await run();
  } finally {
    if (readHolder(await readFileIfThere(path))?.token === token) await rm(path, { force: true });
  }
}

interface Holder extends ProcessIdentity {
  readonly token: string;
}

async function acquire(path: string, token: string, onWait: (holderPid: number) => void, signal?: AbortSignal): Promise<void> {
  const self = identifyProcess(process.pid);
  if (self === undefined) throw new Error('cannot read /proc: the local stack runs on Linux only');
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${token}`;
  await writeFile(draft, `${self.pid} ${self.startTicks} ${token}\n`, { mode: 0o600 });
  let told = false;
  try {
    while (!(await linkIfFree(draft, path))) {
      const holder = readHolder(await readFileIfThere(path));
      if (holder === undefined || !isRunning(holder)) {
        await removeStale(path, holder?.token);
        continue;
      }
      if (!told) onWait(holder.pid);
      told = true;
      await pause(200, undefined, { signal });
    }
  } finally {
    await rm(draft, { force: true });
  }
}

async function linkIfFree(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Two waiters may see the same stale lock; the slower one must not take away the lock the faster one has just made. */
async function removeStale(path: string, staleToken: string | undefined): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  if (readHolder(await readFileIfThere(aside))?.token !== staleToken) await linkIfFree(aside, path);
  await rm(aside, { force: true });
}

function readHolder(text: string | undefined): Holder | undefined {
  const match = /^(\d+) (\d+) (\S+)\n$/.exec(text ?? '');
  const [, pid, startTicks, token] = match ?? [];
  return token === undefined ? undefined : { pid: Number(pid), startTicks: Number(startTicks), token };
}
