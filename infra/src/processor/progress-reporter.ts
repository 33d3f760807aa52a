import type { Logger } from '../telemetry/index.ts';

export interface ProgressReporter {
  report(fraction: number, speed?: number | null): void;
  stop(): void;
}

/** As often as ffmpeg speaks, and an event may be told. */
export const progressEveryMs = 1_000;

/**
 * Tells progress as it comes: at once when nothing was told for a while, else the latest of it when that while is over. Never two at a time; losing
 * one is harmless.
 */
export function progressReporter(
  tell: (fraction: number, speed: number | null) => Promise<void>,
  logger: Pick<Logger, 'debug'>,
  everyMs = progressEveryMs,
): ProgressReporter {
  let latest: { fraction: number; speed: number | null } | undefined;
  let isBusy = false;
  let isStopped = false;
  let waiting: NodeJS.Timeout | undefined;

  async function flush(): Promise<void> {
    if (isBusy || waiting !== undefined || isStopped || latest === undefined) return;
    const { fraction, speed } = latest;
    latest = undefined;
    isBusy = true;
    waiting = setTimeout(() => {
      waiting = undefined;
      void flush();
    }, everyMs);
    await tell(fraction, speed).catch((error: unknown) => logger.debug({ err: error }, 'progress was not told'));
    isBusy = false;
    void flush();
  }

  return {
    report(fraction, speed = null) {
      latest = { fraction: Math.min(1, Math.max(0, fraction)), speed };
      void flush();
    },
    stop() {
      isStopped = true;
      clearTimeout(waiting);
    },
  };
}
