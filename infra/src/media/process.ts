import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { StreamflixError } from '@streamflix/contracts';
import { LineRing, readLines } from './line-ring.ts';
import type { Command } from './sandbox.ts';

const keptLines = 200;
/** How long the group may take to end by itself before it is killed. */
const termGraceMs = 1_000;

export interface ProcessRun extends Command {
  /** The program itself, for messages; `command` may be a sandbox around it. */
  program: string;
  signal: AbortSignal;
  /** Longest time between two signs of progress. */
  stallMs: number;
  /** Longest time altogether. */
  timeLimitMs: number;
  onStdoutLine?: (line: string) => void;
  /** Whether a line of stdout is a sign of progress; without it every line is. */
  isProgress?: (line: string) => boolean;
}

export interface ProcessEnd {
  stderr: string[];
}

interface FailureParticulars {
  program: string;
  exitCode: number | null;
  exitSignal: NodeJS.Signals | null;
  stderr: string[];
  commandLine: string;
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

  constructor({ program, exitCode, exitSignal, stderr, commandLine, cause }: FailureParticulars) {
    const end = exitSignal === null ? `exit code ${exitCode}` : exitSignal;
    super(`${program} ended with ${end}: ${stderr.slice(-3).join(' | ')}`, { cause });
    this.name = 'ProcessFailure';
    this.exitCode = exitCode;
    this.exitSignal = exitSignal;
    this.stderr = stderr;
    this.commandLine = commandLine;
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

/** Why a running child is to be ended, by whichever comes first. */
class Watch {
  readonly #end: (why: Error) => void;
  readonly #run: ProcessRun;
  readonly #limit: NodeJS.Timeout;
  #stall: NodeJS.Timeout;

  constructor(run: ProcessRun, end: (why: Error) => void) {
    this.#run = run;
    this.#end = end;
    this.#limit = setTimeout(() => end(this.#tooSlow('did not end', run.timeLimitMs)), run.timeLimitMs);
    this.#stall = this.#armStall();
    run.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  touch(): void {
    this.#stall.refresh();
  }

  stop(): void {
    clearTimeout(this.#limit);
    clearTimeout(this.#stall);
    this.#run.signal.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => {
    const { reason } = this.#run.signal;
    this.#end(reason instanceof Error ? reason : new Error(String(reason)));
  };

  #armStall(): NodeJS.Timeout {
    const { stallMs } = this.#run;
    return setTimeout(() => this.#end(this.#tooSlow('made no progress', stallMs)), stallMs);
  }

  #tooSlow(what: string, ms: number): StreamflixError {
    return new StreamflixError('ENCODER_STALLED', { message: `${this.#run.program} ${what} for ${Math.round(ms / 1000)} s` });
  }
}

/** Our secrets stay ours: the child gets a path and a locale. */
const childEnvironment = (): NodeJS.ProcessEnv => ({ PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' });

function start({ command, args }: Command): ChildProcess {
  return spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: childEnvironment() });
}

/**
 * Runs one child in a process group of its own, until it ends. Throws ProcessFailure when it fails, ENCODER_STALLED when it makes no
 * progress or takes too long, and the signal's reason when that aborts; in every case only after the whole group is gone.
 */
export async function runProcess(run: ProcessRun): Promise<ProcessEnd> {
  const { program, signal } = run;
  signal.throwIfAborted();
  const stderr = new LineRing(keptLines);
  const fail = (exitCode: number | null, exitSignal: NodeJS.Signals | null, cause?: unknown): ProcessFailure =>
    new ProcessFailure({ program, exitCode, exitSignal, stderr: stderr.last(), commandLine: toCommandLine(run), cause });

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
  let why: Error | undefined;
  let callOff = (): void => undefined;
  const watch = new Watch(run, (reason) => {
    if (why !== undefined) return;
    why = reason;
    callOff = endGroup(pid);
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
      if (why instanceof StreamflixError && why.code === 'ENCODER_STALLED') why.cause = fail(exitCode, exitSignal);
      throw why;
    }
    if (exitCode !== 0) throw fail(exitCode, exitSignal);
    return { stderr: stderr.last() };
  } finally {
    callOff();
    watch.stop();
  }
}
