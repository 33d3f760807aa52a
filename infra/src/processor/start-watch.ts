import { StreamflixError } from '@streamflix/contracts';
import { counter } from '../telemetry/index.ts';

const notStarted = counter('streamflix_tasks_not_started_total', 'Tasks that were claimed, kept and not begun in time, by pool');

export interface StartWatch {
  /** Rejects with TASK_NOT_STARTED when the task has not begun in time; else never settles. */
  overdue: Promise<never>;
  /** Aborts with the same, for the work, should it listen. */
  signal: AbortSignal;
  /** The task shows that it has begun: a step of it is done, or it reported. */
  begun(): void;
}

/** Sees what the lease cannot: a worker that renews for ever what it never begins. */
export function watchStart(startMs: number, pool: string): StartWatch {
  const controller = new AbortController();
  const { promise: overdue, reject } = Promise.withResolvers<never>();
  // Whoever has ended before does not ask any more.
  overdue.catch(() => undefined);
  const timer = setTimeout(() => {
    const error = new StreamflixError('TASK_NOT_STARTED', { details: { withinSeconds: startMs / 1000 } });
    notStarted.add(1, { pool });
    controller.abort(error);
    reject(error);
  }, startMs);
  return { overdue, signal: controller.signal, begun: () => clearTimeout(timer) };
}
