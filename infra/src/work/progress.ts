import { type EventOf, jobProgress } from '@streamflix/contracts';
import { and, eq, sql } from 'drizzle-orm';
import type { Bus } from '../bus/index.ts';
import { type Database, oncePerConnection, type Queries, schema, type TaskRow } from '../database/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { completeEvent, toParts } from './new-event.ts';

const { tasks, jobs } = schema;

/** Notes how far a running task is, and reads what is told of it: a row for each task of its job, as they were just before. */
const prepareNote = oncePerConnection((db: Queries) => {
  const noted = db.$with('noted').as(
    db
      .update(tasks)
      .set({ progress: sql`${sql.placeholder('fraction')}`, updatedAt: sql`now()` })
      .where(and(eq(tasks.id, sql.placeholder('id')), eq(tasks.epoch, sql.placeholder('epoch')), eq(tasks.state, sql`'running'`)))
      .returning({ jobId: tasks.jobId }),
  );
  const { pool, state, progress, predictedCpuSeconds } = tasks;
  return db
    .with(noted)
    .select({
      job: { id: jobs.id, tenantId: jobs.tenantId, videoId: jobs.videoId, state: jobs.state },
      task: { id: tasks.id, pool, state, progress, predictedCpuSeconds },
    })
    .from(noted)
    .innerJoin(jobs, eq(jobs.id, noted.jobId))
    .innerJoin(tasks, eq(tasks.jobId, noted.jobId))
    .prepare('note_progress');
});

/** Null when the claim is no longer the current one. */
async function noteProgress(
  database: Database,
  task: Pick<TaskRow, 'id' | 'epoch' | 'pool'>,
  fraction: number,
  speed: number | null,
): Promise<EventOf<'job.progress'> | null> {
  const rows = await database.query((db) => prepareNote(db).execute({ fraction, id: task.id, epoch: task.epoch }));
  const [job] = rows.map((row) => row.job);
  if (job === undefined) return null;
  const now = rows.map((row) => (row.task.id === task.id ? { ...row.task, progress: fraction } : row.task));
  return completeEvent('job.progress', {
    tenantId: job.tenantId,
    videoId: job.videoId,
    jobId: job.id,
    taskId: task.id,
    stage: task.pool,
    state: job.state,
    taskProgress: fraction,
    jobProgress: jobProgress(now),
    speed,
  });
}

/**
 * Notes how far a task is, and tells it once, not through the outbox: what comes a second later says more than what was lost. While Kafka
 * takes its time nothing else is told, and notes go on.
 */
export function progressTeller(
  { database, bus }: { database: Database; bus: Pick<Bus, 'publish'> },
  task: Pick<TaskRow, 'id' | 'epoch' | 'pool'>,
  logger: Pick<Logger, 'debug'>,
): (fraction: number, speed: number | null) => Promise<void> {
  let isTelling = false;

  async function tell(event: EventOf<'job.progress'>): Promise<void> {
    isTelling = true;
    try {
      const [result] = await bus.publish([{ id: event.eventId, ...toParts('job.progress', event) }]);
      if (result?.error !== undefined) throw result.error;
    } catch (error) {
      logger.debug({ err: error }, 'Kafka did not take a step of progress');
    } finally {
      isTelling = false;
    }
  }

  return async (fraction, speed) => {
    const event = await noteProgress(database, task, fraction, speed);
    if (event !== null && !isTelling) void tell(event);
  };
}
