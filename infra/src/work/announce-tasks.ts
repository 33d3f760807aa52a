import type { JobRow, TaskRow } from '../database/index.ts';
import { identityOf } from './jobs.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** Rings for tasks that can be claimed. */
export function announceTasks(unit: UnitOfWork, job: JobRow, tasks: readonly TaskRow[]): void {
  for (const { id, pool, kind, spec, renditions, priority } of tasks) {
    const { index, count } = spec.kind === 'video' ? spec.chunk : { index: 0, count: 1 };
    unit.emit('job.assigned', {
      ...identityOf(job),
      taskId: id,
      pool,
      kind,
      chunkIndex: index,
      chunkCount: count,
      renditions,
      priority,
    });
  }
}
