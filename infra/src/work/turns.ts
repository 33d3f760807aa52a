import { type Pool, type Rank, tagInTurn } from '@streamflix/contracts';
import { and, eq, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { schema, type TaskRow } from '../database/index.ts';
import type { UnitOfWork } from './unit-of-work.ts';

const { queueClocks, tasks, tenantShares, tenants } = schema;

type Transactional = Pick<UnitOfWork, 'db'>;

/** The part of a queue's order that one tenant's tasks come from. */
interface Share {
  pool: Pool;
  rank: Rank;
  tenantId: string;
}

export interface PlannedTask extends Share {
  predictedCpuSeconds: number;
}

const keyOf = ({ pool, rank, tenantId }: Share): string => JSON.stringify([pool, rank, tenantId]);

/**
 * Start tags for tasks, each in its queue and in the order given. Locks the shares they are taken from until the transaction ends:
 * jobs and tasks are locked before, and shares in one order, so that nobody waits in a circle.
 */
export async function tagTasks(unit: Transactional, planned: readonly PlannedTask[]): Promise<number[]> {
  const byShare = Map.groupBy(planned.entries(), ([, task]) => keyOf(task));
  const tags: number[] = [];
  for (const [, members] of [...byShare].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [first] = members;
    if (first === undefined) continue;
    const costs = members.map(([, { predictedCpuSeconds }]) => predictedCpuSeconds);
    const taken = await takeTurns(unit, first[1], costs);
    for (const [position, [index]] of members.entries()) tags[index] = taken[position] ?? 0;
  }
  return tags;
}

async function takeTurns({ db }: Transactional, { pool, rank, tenantId }: Share, cpuSeconds: number[]): Promise<number[]> {
  const [share] = await db
    .insert(tenantShares)
    .values({ pool, rank, tenantId })
    // An update of nothing: it locks the row and answers with it, whoever made it.
    .onConflictDoUpdate({
      target: [tenantShares.pool, tenantShares.rank, tenantShares.tenantId],
      set: { finish: sql`${tenantShares.finish}` },
    })
    .returning({
      finish: tenantShares.finish,
      clock: sql<number>`coalesce((select c.tag from ${queueClocks} c where c.pool = ${pool} and c.rank = ${rank}), 0)`,
      weight: sql<number>`coalesce((select g.weight from ${tenants} g where g.id = ${tenantId}), 1)`,
    });
  if (share === undefined) throw new Error('a share is neither new nor there');
  const { tags, finish } = tagInTurn(share, cpuSeconds);
  await db
    .update(tenantShares)
    .set({ finish })
    .where(and(eq(tenantShares.pool, pool), eq(tenantShares.rank, rank), eq(tenantShares.tenantId, tenantId)));
  return tags;
}

/** Puts locked tasks into other classes, at the end of their tenants' work there, in the order given. */
export async function rerank(unit: Transactional, moved: readonly { task: TaskRow; rank: Rank }[]): Promise<void> {
  if (moved.length === 0) return;
  const tags = await tagTasks(
    unit,
    moved.map(({ task: { pool, tenantId, predictedCpuSeconds }, rank }) => ({ pool, tenantId, predictedCpuSeconds, rank })),
  );
  const ids = moved.map(({ task }) => task.id);
  const newRanks = moved.map(({ rank }) => rank);
  await unit.db.execute(sql`
    update ${tasks} t set rank = turn.rank, tag = turn.tag, ranked_at = now(), updated_at = now()
    from unnest(${sql.param(ids)}::uuid[], ${sql.param(newRanks)}::smallint[], ${sql.param(tags)}::float8[]) turn (id, rank, tag)
    where t.id = turn.id`);
}

/**
 * Moves the clock of a queue to the tag of the task in `claimed`, a part of the claim's statement. Never back, and never waited for: whoever
 * claims at the same moment has a tag that says the same.
 */
export const moveClock = (claimed: SQLWrapper): SQL => sql`
  update ${queueClocks} set tag = behind.to_tag from (
    select c.pool, c.rank, claimed.tag as to_tag from ${queueClocks} c join ${claimed} on c.pool = claimed.pool and c.rank = claimed.rank
    where c.tag < claimed.tag for update of c skip locked) behind
  where (${queueClocks.pool}, ${queueClocks.rank}) = (behind.pool, behind.rank)`;
