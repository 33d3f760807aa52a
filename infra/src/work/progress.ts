import { jobProgress } from '@streamflix/contracts';
import { and, eq, sql } from 'drizzle-orm';
import { schema, type TaskRow } from '../database/index.ts';
import { inTransaction, type WorkPorts } from './unit-of-work.ts';

/** Notes how far a task is and tells it; does nothing when the claim is no longer the current one. */
export function reportProgress(ports: WorkPorts, task: TaskRow, fraction: number, speed: number | null): Promise<void> {
  const { tasks, jobs } = schema;
  return inTransaction(ports, async (unit) => {
    const updated = await unit.db
      .update(tasks)
      .set({ progress: fraction, updatedAt: sql`now()` })
      .where(and(eq(tasks.id, task.id), eq(tasks.epoch, task.epoch), eq(tasks.state, 'running')))
      .returning({ id: tasks.id });
    if (updated.length === 0) return;
    const all = await unit.db.select().from(tasks).where(eq(tasks.jobId, task.jobId));
    const [job] = await unit.db.select().from(jobs).where(eq(jobs.id, task.jobId));
    if (job === undefined) return;
    unit.emit('job.progress', {
      tenantId: job.tenantId,
      videoId: job.videoId,
      jobId: job.id,
      taskId: task.id,
      stage: task.pool,
      state: job.state,
      taskProgress: fraction,
      jobProgress: jobProgress(all),
      speed,
    });
  });
}
