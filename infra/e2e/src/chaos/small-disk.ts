import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface SmallDisk {
  /** Leaves no byte free. */
  fill(): void;
  empty(): void;
  unmount(): void;
}

const fillerName = 'filler';

/** A file system of its own in memory; undefined where this user may not mount one. */
export function tryMountSmallDisk(dir: string, megabytes: number): SmallDisk | undefined {
  mkdirSync(dir, { recursive: true });
  const unmount = (): boolean => spawnSync('umount', [dir]).status === 0;
  // Of a run that was killed.
  while (unmount());
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir]).status !== 0) return undefined;
  const filler = join(dir, fillerName);
  return {
    fill: () => fillUp(filler),
    empty: () => rmSync(filler, { force: true }),
    unmount: () => void unmount(),
  };
}

function fillUp(path: string): void {
  const block = Buffer.alloc(1024 * 1024);
  const file = openSync(path, 'a');
  try {
    while (writeSync(file, block) > 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    closeSync(file);
  }
}
