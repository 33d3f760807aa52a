import type { JobSituation } from '@streamflix/contracts';
import { and, asc, desc, eq, inArray, isNull, notInArray, sql } from 'drizzle-orm';
import { type Database, type Queries, schema } from '../database/index.ts';
import { type Line, readLine, type WaitingTask } from './read-line.ts';

const { deadLetters, history, jobs, renditions, taskCommands, taskFailures, tasks } = schema;

/** The newest of what a job has collected. */
const newest = 200;

async function readOwn(db: Queries, jobId: string) {
  const [[job], ownTasks, made, commands, failures, letters, [end]] = await Promise.all([
    db
      .select({
        ...{ id: jobs.id, tenantId: jobs.tenantId, state: jobs.state, priority: jobs.priority, plan: jobs.plan },
        ...{ requestedPriority: jobs.requestedPriority, errorCode: jobs.errorCode, errorMessage: jobs.errorMessage },
        ...{ errorStage: jobs.errorStage, traceparent: jobs.traceparent },
        now: sql<Date>`now()`.mapWith(jobs.createdAt),
      })
      .from(jobs)
      .where(eq(jobs.id, jobId)),
    db
      .select({
        ...{ id: tasks.id, name: tasks.name, pool: tasks.pool, tenantId: tasks.tenantId, state: tasks.state },
        ...{ requires: tasks.requires, failedAttempts: tasks.failedAttempts, worker: tasks.worker, notBefore: tasks.notBefore },
        ...{ errorCode: tasks.errorCode, errorMessage: tasks.errorMessage, rank: tasks.rank, tag: tasks.tag },
      })
      .from(tasks)
      .where(and(eq(tasks.jobId, jobId), notInArray(tasks.pool, ['notify'])))
      .orderBy(desc(tasks.rank), asc(tasks.tag), asc(tasks.createdAt), asc(tasks.id)),
    db
      .select({ name: renditions.name, done: renditions.done, givenUp: renditions.givenUp })
      .from(renditions)
      .where(eq(renditions.jobId, jobId)),
    db.select().from(taskCommands).where(eq(taskCommands.jobId, jobId)).orderBy(desc(taskCommands.id)).limit(newest),
    db.select().from(taskFailures).where(eq(taskFailures.jobId, jobId)).orderBy(desc(taskFailures.id)).limit(newest),
    db
      .select({ id: deadLetters.id, state: deadLetters.state, pool: deadLetters.pool, code: deadLetters.code })
      .from(deadLetters)
      .where(and(eq(deadLetters.jobId, jobId), eq(deadLetters.kind, 'task'))),
    db
      .select({ who: history.who, why: history.why })
      .from(history)
      .where(
        and(eq(history.jobId, jobId), isNull(history.taskId), inArray(history.toState, ['completed', 'failed', 'cancelled'])),
      )
      .orderBy(desc(history.id))
      .limit(1),
  ]);
  return job && { job, tasks: ownTasks, made, commands, failures, letters, end };
}

const isWaiting = ({ state }: { state: string }): boolean => state === 'ready' || state === 'retrying';

/** The tasks that wait, by the line they wait in. */
const linesOf = (waiting: readonly WaitingTask[]): Line[] =>
  [...Map.groupBy(waiting, ({ pool, requires }) => JSON.stringify([pool, requires])).values()].flatMap(([head, ...rest]) =>
    head === undefined ? [] : [{ pool: head.pool, tasks: [head, ...rest] }],
  );

/** All that `explainJob` needs of a job of this tenant; null for any other. */
export async function readSituation(
  database: Database,
  { tenantId, jobId }: { tenantId: string; jobId: string },
  { maxRunningTasks }: { maxRunningTasks?: number | undefined } = {},
): Promise<JobSituation | null> {
  const own = await database.forTenant(tenantId).query((db) => readOwn(db, jobId));
  if (own === undefined) return null;
  const { now, ...job } = own.job;
  const lines = linesOf(own.tasks.filter(isWaiting));
  return {
    now,
    job,
    end: own.end ?? null,
    tasks: own.tasks,
    made: own.made.filter(({ done }) => done).map(({ name }) => name),
    givenUp: own.made.flatMap(({ name, givenUp }) => (givenUp === null ? [] : [{ name, ...givenUp }])),
    lines: await Promise.all(lines.map((line) => readLine(database, line, { now, maxRunningTasks }))),
    commands: own.commands,
    failures: own.failures,
    letters: own.letters,
  };
}
