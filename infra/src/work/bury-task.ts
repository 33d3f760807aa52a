import { type ErrorCode, isOptional, type Pool, stateAfterFailedReplay, type TaskSpec } from '@streamflix/contracts';
import { eq, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { schema } from '../database/index.ts';
import { counter } from '../telemetry/index.ts';
import { storable } from './history.ts';
import type { UnitOfWork } from './unit-of-work.ts';

const { deadLetters, jobs } = schema;

/** A task that was given up through no fault of its source. */
export interface BuriedTask {
  taskId: string;
  jobId: string;
  pool: Pool;
  spec: TaskSpec;
  /** Failures, this one included. */
  attempts: number;
  code: ErrorCode;
  message: string;
  signature: string;
  firstFailedAt: Date;
  lastFailedAt: Date;
}

const exhausted = counter(
  'streamflix_tasks_exhausted_total',
  'Tasks given up through no fault of their source, by pool and code',
);

/**
 * Makes a dead letter of the task, in the transaction that gives it up; its job is locked. One a task: what was replayed and fails
 * again for the same reason is parked. Webhooks and optional renditions are none: their job ends well, and a replay would take it up.
 */
export async function buryTask({ db }: UnitOfWork, { taskId, jobId, pool, spec, ...facts }: BuriedTask): Promise<void> {
  exhausted.add(1, { pool, code: facts.code });
  if (pool === 'notify' || isOptional(spec)) return;
  const { attempts, code, signature, firstFailedAt, lastFailedAt } = facts;
  const message = storable(facts.message, 1_000);
  const [before] = await db.select().from(deadLetters).where(eq(deadLetters.taskId, taskId)).for('update');
  if (before !== undefined) {
    const state = before.state === 'replayed' ? stateAfterFailedReplay(before.signature, signature) : before.state;
    await db
      .update(deadLetters)
      .set({
        state: state === 'resolved' ? 'new' : state,
        attempts: before.attempts + attempts,
        ...{ code, message, signature, lastSeenAt: lastFailedAt, updatedAt: sql`now()` },
      })
      .where(eq(deadLetters.id, before.id));
    return;
  }
  const [job] = await db.select({ tenantId: jobs.tenantId, videoId: jobs.videoId }).from(jobs).where(eq(jobs.id, jobId));
  await db.insert(deadLetters).values({
    ...{ ...job, jobId, taskId, pool, attempts, code, message, signature },
    id: uuidv7(),
    kind: 'task',
    firstSeenAt: firstFailedAt,
    lastSeenAt: lastFailedAt,
  });
}
