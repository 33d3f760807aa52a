import { setTimeout as delay } from 'node:timers/promises';
import { stepRetryDelayMs, toStreamflixError } from '@streamflix/contracts';
import { counter, type Logger } from '../telemetry/index.ts';

const retried = counter('streamflix_step_retries_total', 'Steps of tasks that were tried again on the spot, by step and code');

export interface StepOptions {
  signal: AbortSignal;
  logger: Logger;
  /** Hears of every failure, also of those that a further try made good. */
  onFailure(error: unknown): void;
}

/** Runs a step of a task, and again where a moment later it may go well. Each try must be able to begin anew. */
export async function runStep<T>(step: string, run: () => Promise<T>, { signal, logger, onFailure }: StepOptions): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run();
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      onFailure(thrown);
      const error = toStreamflixError(thrown);
      const delayMs = stepRetryDelayMs(error, tries, Math.random());
      if (delayMs === null) throw thrown;
      retried.add(1, { step, code: error.code });
      logger.warn({ err: thrown, step, code: error.code, tries, delayMs }, 'a step failed; it is tried again');
      await delay(delayMs, undefined, { signal });
    }
  }
}
