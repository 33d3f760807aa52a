import type { SourceOrigin } from '@streamflix/contracts';
import { eq, sql } from 'drizzle-orm';
import { type JobRow, schema } from '../database/index.ts';
import { ensureJob, identityOf, type Submission, uploadEventIdOf } from './jobs.ts';
import { type Quota, refusalByQuota } from './quota.ts';
import { addTasks } from './tasks.ts';
import { inTransaction, type UnitOfWork, type WorkPorts } from './unit-of-work.ts';

/** A job whose source is still elsewhere: `sourceKey` is of its own, and nothing lies there yet. */
export type FetchSubmission = Omit<Submission, 'sourceEtag' | 'sizeBytes'>;

/**
 * Takes in a job whose source has to be brought into the store first. Each is a new job: what lies elsewhere may have changed. Throws
 * QUOTA_EXCEEDED. What `also` writes stands or falls with the job.
 */
export function submitFetch(
  ports: WorkPorts,
  { submission, origin, requestedBy }: { submission: FetchSubmission; origin: SourceOrigin; requestedBy: string },
  quota: Quota = {},
  also: (unit: UnitOfWork, job: JobRow) => Promise<void> = async () => undefined,
): Promise<{ jobId: string }> {
  return inTransaction(ports, async (unit) => {
    const { job } = await ensureJob(unit, { ...submission, sourceEtag: '', sizeBytes: null }, quota);
    const refusal = await refusalByQuota(unit, job.tenantId, quota);
    if (refusal !== null) throw refusal;
    const [task] = await addTasks(unit, job, [
      { name: 'fetch', pool: 'ingest', spec: { kind: 'fetch', origin }, state: 'ready', predictedCpuSeconds: 1 },
    ]);
    unit.emit('job.control', { ...identityOf(job), action: 'fetch', taskId: task?.id ?? null, requestedBy, reason: null });
    await also(unit, job);
    return { jobId: job.id };
  });
}

/** A source as it lies in the store now. */
export interface FetchedSource {
  sourceKey: string;
  sourceEtag: string;
  sizeBytes: number;
  contentType: string | null;
  checksumSha256: string;
}

/** The source of a locked job is here: from now on it goes the way of every upload. */
export async function tellFetched(unit: UnitOfWork, job: JobRow, source: FetchedSource): Promise<void> {
  await unit.db
    .update(schema.jobs)
    .set({ ...source, updatedAt: sql`now()` })
    .where(eq(schema.jobs.id, job.id));
  const { tenantId, videoId, sourceBucket, filename, profile, priority, webhookUrl, deadlineAt, metadata } = job;
  const { sourceKey, sizeBytes, contentType, checksumSha256 } = source;
  unit.emit('video.uploaded', {
    ...{ tenantId, videoId, sourceBucket, sourceKey, filename, contentType, sizeBytes, checksumSha256 },
    ...{ profile, priority, webhookUrl, deadlineAt: deadlineAt?.getTime() ?? null, metadata },
    eventId: uploadEventIdOf(job.id),
  });
}
