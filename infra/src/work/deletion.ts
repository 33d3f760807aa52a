import { jobLifecycle } from '@streamflix/contracts';
import { eq, sql } from 'drizzle-orm';
import { schema } from '../database/index.ts';
import { recordNote } from './history.ts';
import { type Cancellation, lockJobOf } from './jobs.ts';
import { inTransaction, type WorkPorts } from './unit-of-work.ts';

export type DeletionAnswer = 'deleted' | 'not-ended' | 'not-found' | 'changed';

/**
 * From the commit on the job is gone for whoever asks. Its files are the sweep's to delete (`purgeDeletedJobs`), so that a crash in the
 * middle leaves nothing behind; the row stays, so that the same upload told again is not made again.
 */
export function deleteJob(ports: WorkPorts, { requestedBy: who, reason, ...asked }: Cancellation): Promise<DeletionAnswer> {
  return inTransaction(ports, async (unit) => {
    const job = await lockJobOf(unit, asked);
    if (typeof job === 'string') return job;
    if (!jobLifecycle.isTerminal(job.state)) return 'not-ended';
    await unit.db.update(schema.jobs).set({ deletedAt: sql`now()`, updatedAt: sql`now()` }).where(eq(schema.jobs.id, job.id));
    await recordNote(unit, job, { who, why: reason ?? 'deleted with its files' });
    return 'deleted';
  });
}
