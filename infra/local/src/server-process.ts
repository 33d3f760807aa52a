import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileIfThere } from './files.ts';
import type { StackPaths } from './paths.ts';
import { isRunning, type ProcessIdentity, parseProcStat, signalGroup } from './process-identity.ts';
import { waitUntil } from './wait-until.ts';

export const serverNames = ['kafka', 'registry', 'postgres', 'redis', 's3'] as const;
export type ServerName = (typeof serverNames)[number];

export interface LaunchCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The shell writes down its own pid and start time, then becomes the server: no kill of ours leaves a server without a record. */
const recordThenBecome = 'read -r stat < /proc/$$/stat; printf "%s\\n" "$stat" > "$0.tmp" && mv "$0.tmp" "$0" && exec "$@"';

export async function launchServer(paths: StackPaths, name: string, command: LaunchCommand): Promise<ProcessIdentity> {
  await Promise.all([paths.logs, paths.run, paths.data].map((dir) => mkdir(dir, { recursive: true })));
  const record = recordFile(paths, name);
  await rm(record, { force: true });
  const log = openSync(logFile(paths, name), 'a', 0o600);
  try {
    const child = spawn('/bin/sh', ['-c', recordThenBecome, record, command.file, ...command.args], {
      cwd: paths.data,
      detached: true,
      stdio: ['ignore', log, log],
      // Not ours whole: an endpoint or a JVM option meant for another program must not change a server.
      env: { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8', ...command.env },
    });
    const spawnFault = new Promise<never>((_, reject) => child.once('error', reject));
    child.unref();
    await Promise.race([spawnFault, waitUntil(`${name} did not leave its record`, 10_000, () => requireRecord(record))]);
  } finally {
    closeSync(log);
  }
  const identity = await readRecord(paths, name);
  if (identity === undefined) throw new Error(`${name} left no readable record in ${record}`);
  return identity;
}

export async function readRecord(paths: StackPaths, name: string): Promise<ProcessIdentity | undefined> {
  return parseProcStat((await readFileIfThere(recordFile(paths, name))) ?? '');
}

export async function findRunning(paths: StackPaths, name: string): Promise<ProcessIdentity | undefined> {
  const identity = await readRecord(paths, name);
  return identity !== undefined && isRunning(identity) ? identity : undefined;
}

/** Ends the server and waits until it is gone; after `graceMs` its whole group is killed. False when it was not running. */
export async function endServer(paths: StackPaths, name: string, signal: NodeJS.Signals, graceMs = 20_000): Promise<boolean> {
  const identity = await findRunning(paths, name);
  if (identity === undefined) return false;
  signalGroup(identity, signal);
  // A stopped process would never get to see the signal above.
  signalGroup(identity, 'SIGCONT');
  try {
    await waitUntil(`${name} did not end`, graceMs, () => requireGone(identity), 20);
  } catch {
    signalGroup(identity, 'SIGKILL');
    await waitUntil(`${name} did not end after SIGKILL`, 10_000, () => requireGone(identity), 20);
  }
  await rm(recordFile(paths, name), { force: true });
  return true;
}

export function logFile(paths: StackPaths, name: string): string {
  return join(paths.logs, `${name}.log`);
}

function recordFile(paths: StackPaths, name: string): string {
  return join(paths.run, `${name}.stat`);
}

async function requireRecord(record: string): Promise<void> {
  if ((await readFileIfThere(record)) === undefined) throw new Error('no record');
}

function requireGone(identity: ProcessIdentity): void {
  if (isRunning(identity)) throw new Error(`process ${identity.pid} is still running`);
}
