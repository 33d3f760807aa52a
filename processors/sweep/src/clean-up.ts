import { objectKeys, promisedTopics } from '@streamflix/contracts';
import { type JobRow, schema } from '@streamflix/infra/database';
import type { Platform } from '@streamflix/infra/processor';
import type { StorageProvider } from '@streamflix/infra/storage';
import { forEach, lockJob } from '@streamflix/infra/work';
import { eq, notInArray, or, sql } from 'drizzle-orm';

const { jobs, inbox, outbox } = schema;

type EndedJob = Pick<JobRow, 'id' | 'tenantId' | 'packageVersion'>;

/** Packages that nobody was ever told of: what a killed worker had uploaded. A refused one takes its own away. */
async function deleteUnpublishedPackages(storage: StorageProvider, { id, tenantId, packageVersion }: EndedJob): Promise<void> {
  const folder = `${objectKeys.jobPrefix(tenantId, id)}package/`;
  const versions = new Set<number>();
  for await (const { key } of storage.list(folder)) {
    const version = /^v(\d+)\//.exec(key.slice(folder.length))?.[1];
    if (version !== undefined) versions.add(Number(version));
  }
  for (const version of versions)
    if (version !== packageVersion) await storage.deletePrefix(objectKeys.packagePrefix(tenantId, id, version));
}

/** How long after its end a job keeps its work, in seconds. */
export interface KeepSeconds {
  /** A refused worker may still be writing. */
  completed: number;
  cancelled: number;
  /** For a retry, which then makes only what is missing. */
  failed: number;
}

/**
 * Deletes what ended jobs leave in the store beside the published package. The job is locked meanwhile, so that a retry finds its work
 * whole or knows that it is gone. Returns of how many.
 */
export async function deleteLeftovers(
  { database, storage }: Platform,
  { keepSeconds: { completed, cancelled, failed }, limit }: { keepSeconds: KeepSeconds; limit: number },
): Promise<number> {
  const ended = await database.query((db) =>
    db
      .select({ id: jobs.id })
      .from(jobs)
      .where(
        sql`${jobs.cleanedAt} is null and ${jobs.finishedAt} < now() - make_interval(secs =>
          case ${jobs.state} when 'failed' then ${failed}::float8 when 'cancelled' then ${cancelled} else ${completed} end)`,
      )
      .orderBy(jobs.finishedAt)
      .limit(limit),
  );
  return forEach(ended, ({ id }) =>
    database.transaction(async (db) => {
      const job = await lockJob({ db }, id);
      if (job === null || job.finishedAt === null || job.cleanedAt !== null) return;
      await storage.deletePrefix(objectKeys.workPrefix(job.tenantId, id));
      await deleteUnpublishedPackages(storage, job);
      await db.update(jobs).set({ cleanedAt: sql`now()` }).where(eq(jobs.id, id));
    }),
  );
}

/** Forgets deliveries older than any redelivery, and events that were told. */
export async function forgetTold(
  { database }: Platform,
  { inboxDays, outboxDays }: { inboxDays: number; outboxDays: number },
): Promise<void> {
  await database.query((db) => db.delete(inbox).where(sql`${inbox.receivedAt} < now() - make_interval(days => ${inboxDays})`));
  await database.query((db) =>
    db
      .delete(outbox)
      // An earlier version put progress there too, which nobody reads back any more.
      .where(
        or(sql`${outbox.confirmedAt} < now() - make_interval(days => ${outboxDays})`, notInArray(outbox.topic, promisedTopics)),
      ),
  );
}
