import type { Logger } from '@streamflix/infra/telemetry';

/** Runs `work` again and again, `everyMs` after each end; a failure is logged and the next run comes all the same. */
export function repeat(name: string, everyMs: number, logger: Logger, work: () => Promise<unknown>): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!stopped) logger.warn({ err: error, sweep: name }, 'a sweep failed; it runs again');
    }
    if (!stopped) timer = setTimeout(start, everyMs);
  };
  const start = (): void => {
    running = run();
  };
  start();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
