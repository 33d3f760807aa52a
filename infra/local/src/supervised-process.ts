import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { splitLines } from './log-lines.ts';
import { projectRoot } from './paths.ts';

const shortestPauseMs = 500;
const longestPauseMs = 10_000;
/** A process that ran this long is not in a loop of crashes: the next restart is quick again. */
const soundRunMs = 30_000;

export interface ProcessSpec {
  readonly name: string;
  readonly scriptPath: string;
  readonly env: NodeJS.ProcessEnv;
  /** Command put before Node's, e.g. `setpriv --pdeathsig SIGTERM --`; it must exec, so that the pid is Node's. */
  readonly prefix: readonly string[];
  readonly onLine: (line: string) => void;
}

/** One process that is started again whenever it ends, as an orchestrator would, until it is told to stop. */
export class SupervisedProcess {
  readonly spec: ProcessSpec;
  exits = 0;
  /** The last line it wrote: where it ended by itself, mostly why. */
  lastWords = '';
  #child: ChildProcess | undefined;
  #wanted = false;
  #wasKilled = false;
  #loop: Promise<void> = Promise.resolve();
  #wake = new AbortController();

  constructor(spec: ProcessSpec) {
    this.spec = spec;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#wake = new AbortController();
    this.#loop = this.#loop.then(() => this.#keepRunning());
  }

  /** SIGTERM, then after `graceMs` SIGKILL for all it started; comes back when it is gone. False when it had to be killed. */
  async stop(graceMs: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<boolean> {
    this.#wanted = false;
    this.#wake.abort();
    const child = this.#child;
    this.#wasKilled = false;
    if (child?.pid !== undefined) {
      child.kill(signal);
      // Frozen by a test or a debugger, it would never get to see the signal above.
      child.kill('SIGCONT');
      const timer = setTimeout(() => this.killGroup(), graceMs);
      await this.#loop;
      clearTimeout(timer);
      // What it left behind of its own group goes with it, as it would with a container.
      signalGroupOf(child.pid);
    }
    await this.#loop;
    return !this.#wasKilled;
  }

  killGroup(): void {
    this.#wanted = false;
    this.#wake.abort();
    if (this.#child?.pid === undefined) return;
    this.#wasKilled = true;
    signalGroupOf(this.#child.pid);
  }

  async #keepRunning(): Promise<void> {
    let pauseMs = shortestPauseMs;
    while (this.#wanted) {
      const startedMs = Date.now();
      const ending = await this.#runOnce();
      if (!this.#wanted) return;
      this.exits += 1;
      if (Date.now() - startedMs >= soundRunMs) pauseMs = shortestPauseMs;
      this.spec.onLine(`ended (${ending}); starting it again in ${pauseMs / 1000} s`);
      await pause(pauseMs, undefined, { signal: this.#wake.signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }

  async #runOnce(): Promise<string> {
    const { prefix, scriptPath, env, onLine } = this.spec;
    const [file = process.execPath, ...args] = [...prefix, process.execPath, scriptPath];
    // A group of its own: Ctrl-C on the terminal reaches the supervisor alone, which then asks each in turn.
    const child = spawn(file, args, { cwd: projectRoot, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      const lines = splitLines((line) => {
        this.lastWords = line;
        onLine(line);
      });
      stream.setEncoding('utf8').on('data', (text: string) => lines.push(text));
      stream.once('end', () => lines.flush());
    }
    try {
      // Not "close": a grandchild that outlives it may hold the pipes open.
      const [code, signal] = await once(child, 'exit');
      return signal === null ? `exit code ${code}` : String(signal);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      this.#child = undefined;
    }
  }
}

function signalGroupOf(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The whole group has gone already, which is what was asked for.
  }
}
