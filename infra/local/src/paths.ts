import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');

/** Downloads and builds, shared by every stack of this checkout. */
export const cacheDir = join(projectRoot, '.local', 'cache');

export const defaultStackDir = join(projectRoot, '.local', 'stack');

export interface StackPaths {
  readonly dir: string;
  readonly data: string;
  readonly logs: string;
  readonly run: string;
  readonly work: string;
  readonly store: string;
  readonly settingsFile: string;
  readonly envFile: string;
  readonly lockFile: string;
}

export function stackPaths(stackDir: string = defaultStackDir): StackPaths {
  const dir = resolve(projectRoot, stackDir);
  return {
    dir,
    data: join(dir, 'data'),
    logs: join(dir, 'logs'),
    run: join(dir, 'run'),
    work: join(dir, 'work'),
    store: join(dir, 'store'),
    settingsFile: join(dir, 'settings.json'),
    envFile: dir === defaultStackDir ? join(projectRoot, '.local', 'stack.env') : join(dir, 'stack.env'),
    // Beside the folder, not in it: `--fresh` wipes the folder while the lock is held.
    lockFile: `${dir}.lock`,
  };
}
