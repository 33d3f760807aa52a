import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { StreamflixError } from '@streamflix/contracts';
import { type ExceededLimit, exceededLimitOf } from './limits.ts';
import { LineRing, readLines } from './line-ring.ts';
import type { Command } from './sandbox.ts';
import { Watch, type WatchedRun } from './watch.ts';

const keptLines = 200;
/** How long the group may take to end by itself before it is killed. */
const termGraceMs = 1_000;

export interface ProcessRun extends Command, WatchedRun {
  onStdoutLine?: (line: string) => void;
  /** Whether a line of stdout is a sign of progress; without it every line is. */
  isProgress?: (line: string) => boolean;
}

export interface ProcessEnd {
  stderr: string[];
  /** As far as it was seen. */
  peakMemoryBytes: number;
}

interface FailureParticulars {
  program: string;
  exitCode: number | null;
  exitSignal: NodeJS.Signals | null;
  stderr: string[];
  commandLine: string;
  exceeded?: ExceededLimit | undefined;
  cause?: unknown;
}

/** A child that did not end with exit code 0. */
export class ProcessFailure extends Error {
  readonly exitCode: number | null;
  readonly exitSignal: NodeJS.Signals | null;
  /** The last lines it wrote. */
  readonly stderr: string[];
  /** To be pasted into a shell. */
  readonly commandLine: string;
  /** The limit of its slot that it ran into. */
  readonly exceeded: ExceededLimit | null;

  constructor({ program, exitCode, exitSignal, stderr, commandLine, exceeded, cause }: FailureParticulars) {
    const end = exitSignal === null ? `exit code ${exitCode}` : exitSignal;
    const limit = exceeded ?? exceededLimitOf({ exitCode, exitSignal, stderr });
    const why = limit === null ? '' : `, over its limit of ${limit}`;
    super(`${program} ended with ${end}${why}: ${stderr.slice(-3).join(' | ')}`, { cause });
    this.name = 'ProcessFailure';
    this.exitCode = exitCode;
    this.exitSignal = exitSignal;
    this.stderr = stderr;
    this.commandLine = commandLine;
    this.exceeded = limit;
  }
}

const quote = (word: string): string => (/^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

const toCommandLine = ({ command, args }: Command): string => [command, ...args].map(quote).join(' ');

/** Signals the whole group; a group that is gone already is what we want. */
function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Ends the group kindly, then by force. The returned function calls the force off. */
function endGroup(pid: number): () => void {
  signalGroup(pid, 'SIGTERM');
  // A stopped process takes no SIGTERM before it goes on.
  signalGroup(pid, 'SIGCONT');
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), termGraceMs);
  return () => clearTimeout(timer);
}

/** Our secrets stay ours: the child gets a path and a locale. */
const childEnvironment = (): NodeJS.ProcessEnv => ({ PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' });

function start({ command, args }: Command): ChildProcess {
  return spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: childEnvironment() });
}

/**
 * Runs one child in a process group of its own, until it ends. Throws ProcessFailure when it fails or exceeds a limit, ENCODER_STALLED
 * when it makes no progress or takes too long, and the signal's reason when that aborts; in every case only after the whole group is gone.
 */
export async function runProcess(run: ProcessRun): Promise<ProcessEnd> {
  const { program, signal } = run;
  signal.throwIfAborted();
  const stderr = new LineRing(keptLines);
  const fail = (exitCode: number | null, exitSignal: NodeJS.Signals | null, exceeded?: ExceededLimit): ProcessFailure =>
    new ProcessFailure({ program, exitCode, exitSignal, stderr: stderr.last(), commandLine: toCommandLine(run), exceeded });

  const child = start(run);
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const { pid, stdout, stderr: errors } = child;
  if (pid === undefined || stdout === null || errors === null) {
    const failure = await closed.then(
      () => undefined,
      (error: unknown) => error,
    );
    throw new ProcessFailure({
      program,
      exitCode: null,
      exitSignal: null,
      stderr: [`it could not be started: ${String(failure)}`],
      commandLine: toCommandLine(run),
      cause: failure,
    });
  }
  let why: Error | 'memory' | undefined;
  let callOff = (): void => undefined;
  const watch = new Watch(run, pid, (reason) => {
    if (why !== undefined) return;
    why = reason;
    // What takes memory is not asked kindly: it would go on taking.
    if (reason === 'memory') signalGroup(pid, 'SIGKILL');
    else callOff = endGroup(pid);
  });
  readLines(errors, (line) => stderr.push(line));
  readLines(stdout, (line) => {
    if (run.isProgress?.(line) ?? true) watch.touch();
    run.onStdoutLine?.(line);
  });
  try {
    const [exitCode, exitSignal] = await closed;
    if (why !== undefined) {
      // The leader is gone; a grandchild that outlived it is not to.
      signalGroup(pid, 'SIGKILL');
      if (why === 'memory') throw fail(exitCode, exitSignal, 'memory');
      if (why instanceof StreamflixError && why.code === 'ENCODER_STALLED') why.cause = fail(exitCode, exitSignal);
      throw why;
    }
    if (exitCode !== 0) throw fail(exitCode, exitSignal);
    return { stderr: stderr.last(), peakMemoryBytes: watch.peakMemoryBytes };
  } finally {
    callOff();
    watch.stop();
  }
}
