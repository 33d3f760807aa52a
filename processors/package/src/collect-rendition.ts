import type { RenditionDone } from '@streamflix/contracts';
import { schema } from '@streamflix/infra/database';
import type { Platform } from '@streamflix/infra/processor';
import { inTransaction, jobIsLive, listRenditions, lockJob, moveJob, readyTask, receiveOnce } from '@streamflix/infra/work';
import { and, eq } from 'drizzle-orm';

/** The join of a job: when its last rendition is done, its package task becomes claimable. The rows decide, not the count of events. */
export async function collectRendition(platform: Platform, event: RenditionDone): Promise<void> {
  await inTransaction(platform, async (unit) => {
    if (!(await receiveOnce(unit, platform.service, event.eventId))) return;
    // The lock makes two last renditions one after the other: the second one sees both done.
    const job = await lockJob(unit, event.jobId);
    if (job === null || !jobIsLive(job)) return;
    const renditions = await listRenditions(unit.db, job.id);
    if (renditions.length === 0 || renditions.some(({ done }) => !done)) return;
    const { tasks } = schema;
    const [task] = await unit.db
      .select({ id: tasks.id })
      .from(tasks)
      .where(and(eq(tasks.jobId, job.id), eq(tasks.pool, 'package'), eq(tasks.state, 'waiting')));
    if (task === undefined || !(await readyTask(unit, task.id, platform.instance))) return;
    await moveJob(unit, job, 'completing', { who: platform.instance, why: 'every rendition is done' });
  });
}
