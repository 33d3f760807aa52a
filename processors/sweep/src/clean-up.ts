import { objectKeys } from '@streamflix/contracts';
import { schema } from '@streamflix/infra/database';
import type { Platform } from '@streamflix/infra/processor';
import { forEach } from '@streamflix/infra/work';
import { eq, sql } from 'drizzle-orm';

const { jobs, inbox, outbox } = schema;

/** Deletes the work folders of ended jobs, a while after the end: a refused worker may still be writing. Returns how many. */
export async function deleteWorkFolders(
  { database, storage }: Platform,
  { afterSeconds, limit }: { afterSeconds: number; limit: number },
): Promise<number> {
  const ended = await database.query((db) =>
    db
      .select({ id: jobs.id, tenantId: jobs.tenantId })
      .from(jobs)
      .where(sql`${jobs.cleanedAt} is null and ${jobs.finishedAt} < now() - make_interval(secs => ${afterSeconds})`)
      .orderBy(jobs.finishedAt)
      .limit(limit),
  );
  return forEach(ended, async ({ id, tenantId }) => {
    await storage.deletePrefix(objectKeys.workPrefix(tenantId, id));
    await database.query((db) => db.update(jobs).set({ cleanedAt: sql`now()` }).where(eq(jobs.id, id)));
  });
}

/** Forgets deliveries older than any redelivery, and events that were told. */
export async function forgetTold(
  { database }: Platform,
  { inboxDays, outboxDays }: { inboxDays: number; outboxDays: number },
): Promise<void> {
  await database.query((db) => db.delete(inbox).where(sql`${inbox.receivedAt} < now() - make_interval(days => ${inboxDays})`));
  await database.query((db) =>
    db.delete(outbox).where(sql`${outbox.confirmedAt} < now() - make_interval(days => ${outboxDays})`),
  );
}
