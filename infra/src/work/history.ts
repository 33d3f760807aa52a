import { type JobState, jobLifecycle, type TaskState } from '@streamflix/contracts';
import { eq, sql } from 'drizzle-orm';
import { type JobRow, schema } from '../database/index.ts';
import { currentTraceparent } from '../telemetry/index.ts';
import type { UnitOfWork } from './unit-of-work.ts';
import { recordUsage } from './usage.ts';

/** Who makes a change and why; kept for ever beside it. */
export interface Reason {
  who: string;
  why?: string;
}

/** What PostgreSQL takes as text and as JSON: programs quote the bytes of a source in their complaints. */
export const storable = (text: string, maxCharacters: number): string =>
  text.replaceAll('\0', '').slice(0, maxCharacters).toWellFormed();

/**
 * The job, locked until the transaction ends: whoever decides about a job does so one after the other. Not `for update`, which
 * would also hold up every row that only refers to the job: a claim writes history while it has its task, and whoever has the
 * job may want that task next.
 */
export async function lockJob({ db }: Pick<UnitOfWork, 'db'>, jobId: string): Promise<JobRow | null> {
  const rows = await db.select().from(schema.jobs).where(eq(schema.jobs.id, jobId)).for('no key update');
  return rows[0] ?? null;
}

/**
 * Another one whenever something was decided about the job. Its progress is no decision: whoever would change a job they have seen running
 * need not hurry.
 */
export const jobVersionOf = ({ attempt, state, updatedAt }: Pick<JobRow, 'attempt' | 'state' | 'updatedAt'>): string =>
  `${attempt}-${state}-${updatedAt.getTime().toString(36)}`;

type JobChanges = Partial<typeof schema.jobs.$inferInsert>;

/** Moves a locked job along its life cycle; throws ILLEGAL_TRANSITION where the table has no such step. */
export async function moveJob(
  { db }: UnitOfWork,
  job: JobRow,
  to: JobState,
  { who, why }: Reason,
  changes: JobChanges = {},
): Promise<void> {
  jobLifecycle.assertTransition(job.state, to);
  await db
    .update(schema.jobs)
    .set({ ...changes, state: to, updatedAt: sql`now()`, ...(jobLifecycle.isTerminal(to) ? { finishedAt: sql`now()` } : {}) })
    .where(eq(schema.jobs.id, job.id));
  await db
    .insert(schema.history)
    .values({ jobId: job.id, fromState: job.state, toState: to, who, why: why ?? null, traceparent: currentTraceparent() });
  job.state = to;
  if (jobLifecycle.isTerminal(to)) await recordUsage(db, job.id);
}

/** Something was decided about a job that leaves it in its state. */
export async function recordNote({ db }: UnitOfWork, { id, state }: JobRow, { who, why }: Reason): Promise<void> {
  await db
    .insert(schema.history)
    .values({ jobId: id, fromState: state, toState: state, who, why: why ?? null, traceparent: currentTraceparent() });
}

export interface TaskStep {
  jobId: string;
  taskId: string;
  from: TaskState | null;
  to: TaskState;
}

export async function recordTaskSteps({ db }: Pick<UnitOfWork, 'db'>, steps: TaskStep[], { who, why }: Reason): Promise<void> {
  if (steps.length === 0) return;
  const traceparent = currentTraceparent();
  await db.insert(schema.history).values(
    steps.map(({ jobId, taskId, from, to }) => ({
      jobId,
      taskId,
      fromState: from,
      toState: to,
      who,
      why: why ?? null,
      traceparent,
    })),
  );
}
