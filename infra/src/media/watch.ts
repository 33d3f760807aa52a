import { StreamflixError } from '@streamflix/contracts';
import { readTreeUsage, type TreeUsage } from './usage.ts';

export interface WatchedRun {
  /** The program itself, for messages. */
  program: string;
  signal: AbortSignal;
  /** Longest time in which it neither shows progress nor works. */
  stallMs: number;
  /** Longest time in which it works without showing progress. Ten times `stallMs` where nothing else is said. */
  busyStallMs?: number;
  /** Longest time altogether. */
  timeLimitMs: number;
  /** What it may take of memory with all that it starts; without it any amount. */
  memoryBytes?: number;
  /** Whether all that shows progress is done and only the file is being finished: an index can take minutes. */
  isFinalising?: () => boolean;
}

/** Looked at so often; a bomb is stopped by the kernel before, this is for what the kernel does not count. */
const meterMs = 1_000;
/** Less of a processor than this is waking up to see that there is nothing to do. */
const leastShare = 0.02;
const leastCpuMs = 20;
const defaultBusyFactor = 10;
/** While a file is finished, disks may be slow to take it. */
const finalisingStallMs = 5 * 60_000;

/** Why a running child is to be ended, by whichever comes first. `end` may be called more than once. */
export class Watch {
  readonly #run: WatchedRun;
  readonly #pid: number;
  readonly #end: (why: Error | 'memory') => void;
  readonly #limit: NodeJS.Timeout;
  readonly #meter: NodeJS.Timeout;
  #progressAt = performance.now();
  #work: { at: number; usage: TreeUsage } = { at: performance.now(), usage: { memoryBytes: 0, cpuMs: 0, diskBytes: 0 } };
  #isReading = false;
  peakMemoryBytes = 0;

  constructor(run: WatchedRun, pid: number, end: (why: Error | 'memory') => void) {
    this.#run = run;
    this.#pid = pid;
    this.#end = end;
    this.#limit = setTimeout(() => end(this.#tooSlow('did not end', run.timeLimitMs, true)), run.timeLimitMs);
    this.#meter = setInterval(() => void this.#look(), Math.min(meterMs, run.stallMs / 3));
    run.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** It shows progress. */
  touch(): void {
    this.#progressAt = performance.now();
  }

  stop(): void {
    clearTimeout(this.#limit);
    clearInterval(this.#meter);
    this.#run.signal.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => {
    const { reason } = this.#run.signal;
    this.#end(reason instanceof Error ? reason : new Error(String(reason)));
  };

  async #look(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const usage = await readTreeUsage(this.#pid);
    this.#isReading = false;
    this.peakMemoryBytes = Math.max(this.peakMemoryBytes, usage.memoryBytes);
    if (usage.memoryBytes > (this.#run.memoryBytes ?? Infinity)) return this.#end('memory');
    this.#noteWork(usage);
    this.#judge();
  }

  #noteWork(usage: TreeUsage): void {
    const now = performance.now();
    const cpuMs = usage.cpuMs - this.#work.usage.cpuMs;
    const works =
      cpuMs >= Math.max(leastCpuMs, leastShare * (now - this.#work.at)) || usage.diskBytes > this.#work.usage.diskBytes;
    if (works) this.#work = { at: now, usage };
  }

  #judge(): void {
    const { stallMs, busyStallMs = defaultBusyFactor * stallMs, isFinalising } = this.#run;
    const now = performance.now();
    const finalising = isFinalising?.() ?? false;
    const idleMs = now - Math.max(this.#progressAt, this.#work.at);
    if (idleMs > (finalising ? Math.max(finalisingStallMs, stallMs) : stallMs))
      this.#end(this.#tooSlow(finalising ? 'did not finish its file' : 'made no progress', idleMs, false));
    else if (!finalising && now - this.#progressAt > busyStallMs)
      this.#end(this.#tooSlow('made no progress', now - this.#progressAt, true));
  }

  /** `busy` tells a source that gives it endless work from a machine that lets it do none. */
  #tooSlow(what: string, ms: number, busy: boolean): StreamflixError {
    return new StreamflixError('ENCODER_STALLED', {
      message: `${this.#run.program} ${what} for ${Math.round(ms / 1000)} s`,
      details: { busy },
    });
  }
}
