import { encodersRequired, inSoftware, type JobPlan, predictCpuSeconds, type TaskSpec } from '@streamflix/contracts';
import { and, arrayOverlaps, eq, sql } from 'drizzle-orm';
import { type JobRow, schema, type TaskRow } from '../database/index.ts';
import { announceTasks } from './announce-tasks.ts';
import { type Reason, recordNote, storable } from './history.ts';
import { identityOf } from './jobs.ts';
import { addTasks } from './tasks.ts';
import type { UnitOfWork } from './unit-of-work.ts';

const { renditions, tasks } = schema;

/** The device on which a task encodes; undefined for software, and for work that encodes no video. */
export const deviceOf = (spec: TaskSpec): string | undefined =>
  spec.kind === 'video' ? spec.renditions.find(({ encoder }) => encoder !== undefined)?.encoder : undefined;

/**
 * Plans the renditions of a task, which a device was to encode, anew in software: all their chunks, also those that the device has made, for
 * chunks of two encoders are not one stream. What was planned for the device is forgotten, and whoever works on it is told to stop; its
 * result is refused like any whose lease is lost. The job is locked.
 */
export async function encodeInSoftware(
  unit: UnitOfWork,
  job: JobRow,
  task: Pick<TaskRow, 'id' | 'spec' | 'renditions'>,
  { who, why }: Required<Reason>,
): Promise<void> {
  if (job.plan === null) throw new Error(`job ${job.id} encodes without a plan`);
  const forgotten = await unit.db
    .delete(tasks)
    .where(and(eq(tasks.jobId, job.id), eq(tasks.pool, 'encode'), arrayOverlaps(tasks.renditions, task.renditions)))
    .returning();
  await changePlan(unit, job, task.renditions, job.plan);
  await recordNote(unit, job, {
    who,
    why: storable(`${task.renditions.join(', ')} in software instead of ${deviceOf(task.spec)}: ${why}`, 500),
  });
  for (const { id, state } of forgotten)
    if (state === 'running' && id !== task.id)
      unit.emit('job.control', { ...identityOf(job), action: 'cancel', taskId: id, requestedBy: who, reason: why });
  await planAgain(unit, job, forgotten, job.plan);
}

async function changePlan(unit: UnitOfWork, job: JobRow, names: readonly string[], plan: JobPlan): Promise<void> {
  const changed = plan.renditions.map((rendition) =>
    rendition.kind === 'video' && names.includes(rendition.name) ? inSoftware(rendition) : rendition,
  );
  job.plan = { ...plan, renditions: changed };
  await unit.db.update(schema.jobs).set({ plan: job.plan, updatedAt: sql`now()` }).where(eq(schema.jobs.id, job.id));
  for (const spec of changed)
    if (names.includes(spec.name))
      await unit.db
        .update(renditions)
        .set({ spec })
        .where(and(eq(renditions.jobId, job.id), eq(renditions.name, spec.name)));
}

async function planAgain(unit: UnitOfWork, job: JobRow, forgotten: readonly TaskRow[], { source }: JobPlan): Promise<void> {
  const planned = await addTasks(
    unit,
    job,
    forgotten
      .toSorted((a, b) => a.tag - b.tag)
      .flatMap(({ name, pool, spec: before, renditions: made }) => {
        if (before.kind !== 'video') return [];
        const spec = { ...before, renditions: before.renditions.map(inSoftware) };
        const requires = encodersRequired(spec.renditions);
        const predictedCpuSeconds = predictCpuSeconds(spec, source);
        return [{ name, pool, spec, requires, state: 'ready' as const, renditions: made, predictedCpuSeconds }];
      }),
  );
  announceTasks(unit, job, planned);
}
