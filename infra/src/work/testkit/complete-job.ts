import { withoutRenditions } from '@streamflix/contracts';
import { eq } from 'drizzle-orm';
import { schema } from '../../database/index.ts';
import { claimTask, inTransaction, lockJob, moveJob, type WorkPorts } from '../index.ts';
import { claimOne, finish } from './worker.ts';

/** Makes what is left of the job's tasks; others that come by are claimed and left. */
export async function encodeAll(ports: WorkPorts, jobId: string): Promise<void> {
  for (;;) {
    const claimed = await claimTask(ports, { pool: 'encode', worker: 'w', leaseMs: 60_000 });
    if (claimed === null) return;
    if (claimed.task.jobId === jobId) await finish(ports, claimed);
  }
}

/** Makes and publishes the package of a job whose renditions are made or given up, as its worker writes it down. */
export async function completeJob(ports: WorkPorts, jobId: string, files: Record<string, number> = {}): Promise<void> {
  await finish(ports, await claimOne(ports, { pool: 'package' }));
  await inTransaction(ports, async (unit) => {
    const job = await lockJob(unit, jobId);
    if (job?.plan == null) throw new Error('no plan');
    const rows = await unit.db.select().from(schema.renditions).where(eq(schema.renditions.jobId, jobId));
    const givenUp = rows.flatMap(({ name, givenUp: why }) => (why === null ? [] : [{ name, ...why }]));
    await unit.db.insert(schema.publishedPackages).values({ jobId, version: 1, files });
    const plan = withoutRenditions(job.plan, givenUp);
    await moveJob(unit, job, 'completed', { who: 'w', why: 'package v1 is verified' }, { outcome: {}, plan });
  });
}
