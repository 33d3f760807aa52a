import { chmodSync, mkdirSync, readFileSync, renameSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiSchemas } from '@streamflix/client';

export interface Credentials {
  accessToken: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
  refreshToken: string;
}

interface Stored {
  /** The gateway of the last log-in. */
  current: string | null;
  gateways: Record<string, Credentials>;
}

const staleLockMs = 60_000;

export const credentialsFileOf = (env: Record<string, string | undefined>): string | null => {
  const folder = env.XDG_CONFIG_HOME ?? (env.HOME === undefined ? undefined : join(env.HOME, '.config'));
  return folder === undefined ? null : join(folder, 'streamflix', 'credentials');
};

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

export function readCredentials(file: string): Stored {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Stored;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return { current: null, gateways: {} };
  }
}

/** Whole or not at all, and for nobody else to read. */
function writeCredentials(file: string, stored: Stored): void {
  const next = `${file}.${process.pid}`;
  writeFileSync(next, JSON.stringify(stored), { mode: 0o600 });
  chmodSync(next, 0o600);
  renameSync(next, file);
}

/** One process at a time: a refresh token is good once, and two that use it would end the session. */
async function withLock<T>(file: string, run: () => Promise<T>): Promise<T> {
  const lock = `${file}.lock`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (age > staleLockMs) rmdirSync(lock);
      else await delay(50);
    }
  }
  try {
    return await run();
  } finally {
    rmdirSync(lock);
  }
}

export const toCredentials = ({ accessToken, refreshToken, expiresIn }: ApiSchemas['Tokens']): Credentials => ({
  accessToken,
  refreshToken,
  expiresAt: Date.now() + expiresIn * 1000,
});

/** Changes what is kept of one gateway; null forgets it. */
export const changeCredentials = (
  file: string,
  url: string,
  change: (before: Credentials | null) => Promise<Credentials | null>,
): Promise<Credentials | null> =>
  withLock(file, async () => {
    const { current, gateways } = readCredentials(file);
    const { [url]: before = null, ...others } = gateways;
    const after = await change(before);
    if (after === before) return after;
    const isForgotten = after === null;
    const next = isForgotten ? (current === url ? null : current) : before === null ? url : current;
    writeCredentials(file, { current: next, gateways: isForgotten ? others : { ...others, [url]: after } });
    return after;
  });
