import type { TaskState } from '../lifecycle/task-state.ts';
import type { Pool } from './pools.ts';

export interface TaskProgress {
  pool: Pool;
  state: TaskState;
  /** 0 to 1. */
  progress: number;
  predictedCpuSeconds: number;
}

/** Encoding is nearly all of the work; the probe and the package get what people see them take. */
const shares = [
  ['probe', 0.03],
  ['encode', 0.89],
  ['package', 0.08],
] as const;

/** How much of a job is done, 0 to 1, from its tasks. A pool without tasks yet counts as nothing done. */
export function jobProgress(tasks: readonly TaskProgress[]): number {
  return shares.reduce((sum, [pool, share]) => {
    const own = tasks.filter((task) => task.pool === pool);
    const total = own.reduce((all, task) => all + task.predictedCpuSeconds, 0);
    const done = own.reduce((all, task) => all + task.predictedCpuSeconds * (task.state === 'done' ? 1 : task.progress), 0);
    return sum + (total === 0 ? 0 : (share * done) / total);
  }, 0);
}
