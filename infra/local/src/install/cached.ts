import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { withFileLock } from '../file-lock.ts';
import { exists } from '../files.ts';
import { cacheDir } from '../paths.ts';
import type { Step } from '../step.ts';

/**
 * A folder or file of the cache: made once in a draft folder, then renamed, so that what is there is whole.
 * `make` fills the draft and answers with the path in it that is to be kept.
 */
export async function cached(name: string, step: Step, make: (draftDir: string) => Promise<string>): Promise<string> {
  const kept = join(cacheDir, name);
  if (await exists(kept)) return kept;
  const tellWait = (pid: number) => step.say(`waiting for process ${pid}, which is making it`);
  const makeOnce = async () => {
    if (await exists(kept)) return kept;
    const drafts = join(cacheDir, 'drafts', basename(name));
    // Whatever a killed run left; the lock says that nobody else is at it.
    await rm(drafts, { recursive: true, force: true });
    const draftDir = join(drafts, randomUUID());
    await mkdir(draftDir, { recursive: true });
    try {
      const made = await make(draftDir);
      await mkdir(join(kept, '..'), { recursive: true });
      await rename(made, kept);
    } finally {
      await rm(drafts, { recursive: true, force: true, maxRetries: 5 });
    }
    return kept;
  };
  return await withFileLock(join(cacheDir, 'locks', basename(name)), tellWait, makeOnce, step.signal);
}

export function installLog(name: string): string {
  return join(cacheDir, 'logs', `${name}.log`);
}
