import { liftedRank } from '@streamflix/contracts';
import { asc, sql } from 'drizzle-orm';
import { schema } from '../database/index.ts';
import { rerank } from './turns.ts';
import { inTransaction, type WorkPorts } from './unit-of-work.ts';

const { tasks } = schema;

/**
 * Lifts tasks that have waited too long in their class into the next one, up to the most urgent: work is late at worst, never starved.
 * A lifted task takes its turn among its tenant's work there. Returns how many were lifted.
 */
export function liftWaiting(ports: WorkPorts, { ageingMs, limit }: { ageingMs: number; limit: number }): Promise<number> {
  return inTransaction(ports, async (unit) => {
    const late = await unit.db
      .select()
      .from(tasks)
      .where(
        // In the words of the index.
        sql`${tasks.state} in ('ready', 'retrying') and ${tasks.rank} < 10
          and ${tasks.rankedAt} < now() - make_interval(secs => ${ageingMs / 1000})`,
      )
      .orderBy(asc(tasks.rankedAt), asc(tasks.tag))
      .limit(limit)
      // One that is being claimed waits no longer.
      .for('update', { skipLocked: true });
    await rerank(
      unit,
      late.map((task) => ({ task, rank: liftedRank(task.rank) })),
    );
    return late.length;
  });
}
