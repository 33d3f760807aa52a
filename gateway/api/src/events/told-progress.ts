import { type JobState, jobLifecycle } from '@streamflix/contracts';

const maxJobs = 10_000;

/**
 * How far a watcher was told that each job is. Reports of tasks that run side by side overtake one another, and a task that is done again begins anew:
 * neither is told as a step back.
 */
export class ToldProgress {
  readonly #told = new Map<string, number>();

  /** Whether this is to be told. */
  advances(jobId: string, progress: number): boolean {
    if (progress < (this.#told.get(jobId) ?? 0)) return false;
    this.#set(jobId, progress);
    return true;
  }

  /** What is told of a job as a whole: no less than was told of its steps. */
  atLeast(jobId: string, progress: number): number {
    const told = this.#told.get(jobId) ?? 0;
    return Number.isFinite(told) ? Math.max(told, progress) : progress;
  }

  /** After its end nothing more is told of a job; one that is told as retrying begins where it is. */
  note({ jobId, state }: { jobId: string; state: JobState }): void {
    if (jobLifecycle.isTerminal(state)) this.#set(jobId, Number.POSITIVE_INFINITY);
    else if (state === 'retrying') this.#told.delete(jobId);
  }

  #set(jobId: string, progress: number): void {
    this.#told.delete(jobId);
    this.#told.set(jobId, progress);
    const [oldest] = this.#told.keys();
    if (this.#told.size > maxJobs && oldest !== undefined) this.#told.delete(oldest);
  }
}
