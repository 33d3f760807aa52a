import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** This process's own scratch folder, empty; and what dead processes of the same service left beside it is removed. */
export async function openScratch(workDir: string, service: string): Promise<string> {
  const parent = join(workDir, service);
  const own = join(parent, String(process.pid));
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    const pid = Number(name);
    // In a container every life has the same pid: our own folder is our former life's.
    if (pid === process.pid || !isAlive(pid)) await rm(join(parent, name), { recursive: true, force: true });
  }
  await mkdir(own, { recursive: true });
  return own;
}
