import { objectKeys } from '@streamflix/contracts';
import { type JobRow, schema, type Transaction } from '@streamflix/infra/database';
import type { Platform } from '@streamflix/infra/processor';
import { forEach, lockJob } from '@streamflix/infra/work';
import { and, eq, isNotNull, isNull, ne, sql } from 'drizzle-orm';
import type { KeepSeconds } from './clean-up.ts';

const { jobs, tasks, renditions, history, publishedPackages } = schema;

/**
 * The folder of an upload, which belongs to its video and has nothing but the source in it; null for a source that is its owner's.
 */
function uploadFolder({ tenantId, videoId, sourceBucket, sourceKey }: JobRow, ownBucket: string): string | null {
  const sources = objectKeys.source(tenantId, videoId, '');
  const [folder, name, ...deeper] = sourceKey.startsWith(sources) ? sourceKey.slice(sources.length).split('/') : [];
  const isOfUpload = sourceBucket === ownBucket && name !== undefined && deeper.length === 0;
  return isOfUpload ? `${sources}${folder}/` : null;
}

async function isUsedElsewhere(db: Transaction, { id, tenantId, sourceBucket, sourceKey }: JobRow): Promise<boolean> {
  const others = await db
    .select({ id: jobs.id })
    .from(jobs)
    .where(
      and(
        eq(jobs.tenantId, tenantId),
        eq(jobs.sourceKey, sourceKey),
        eq(jobs.sourceBucket, sourceBucket),
        isNull(jobs.deletedAt),
        ne(jobs.id, id),
      ),
    )
    .limit(1);
  return others.length > 0;
}

/** What stays is who the job was, how it ended and who deleted it; nothing of what its owner said about it. */
async function leaveGravestone(db: Transaction, { id }: JobRow): Promise<void> {
  await db.delete(tasks).where(eq(tasks.jobId, id));
  await db.delete(renditions).where(eq(renditions.jobId, id));
  await db.delete(publishedPackages).where(eq(publishedPackages.jobId, id));
  await db.delete(history).where(and(eq(history.jobId, id), isNotNull(history.taskId)));
  await db
    .update(jobs)
    .set({
      ...{ filename: null, webhookUrl: null, metadata: {}, plan: null, outcome: {} },
      ...{ cleanedAt: sql`coalesce(${jobs.cleanedAt}, now())`, purgedAt: sql`now()` },
    })
    .where(eq(jobs.id, id));
}

/**
 * Deletes the files of deleted jobs, once their outcome was told and no refused worker can be writing any more. The row is marked last: what
 * a crash leaves is deleted by the next run. Returns of how many.
 */
export async function purgeDeletedJobs(
  { database, storage, config }: Platform,
  { keepSeconds: { completed, cancelled }, limit }: { keepSeconds: KeepSeconds; limit: number },
): Promise<number> {
  const deleted = await database.query((db) =>
    db
      .select({ id: jobs.id })
      .from(jobs)
      .where(
        sql`${jobs.deletedAt} is not null and ${jobs.purgedAt} is null
          and ${jobs.finishedAt} < now() - make_interval(secs => case ${jobs.state} when 'completed' then ${completed}::float8 else ${cancelled} end)
          and not exists (select from tasks where tasks.job_id = ${jobs.id} and tasks.state in ('waiting', 'ready', 'running', 'retrying'))`,
      )
      .orderBy(jobs.deletedAt)
      .limit(limit),
  );
  return forEach(deleted, ({ id }) =>
    database.transaction(async (db) => {
      const job = await lockJob({ db }, id);
      if (job === null || job.purgedAt !== null) return;
      await storage.deletePrefix(objectKeys.jobPrefix(job.tenantId, id));
      const upload = uploadFolder(job, config.storage.bucket);
      if (upload !== null && !(await isUsedElsewhere(db, job))) await storage.deletePrefix(upload);
      await leaveGravestone(db, job);
    }),
  );
}
