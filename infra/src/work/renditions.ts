import type { Rendition, TaskObject } from '@streamflix/contracts';
import { and, arrayContains, asc, eq, ne, sql } from 'drizzle-orm';
import { type JobRow, type Queries, type RenditionRow, schema, type TaskRow, type Transaction } from '../database/index.ts';
import { moveJob } from './history.ts';
import { identityOf } from './jobs.ts';
import { readyTask } from './tasks.ts';
import type { UnitOfWork } from './unit-of-work.ts';

const { renditions, tasks } = schema;

export async function addRenditions(unit: UnitOfWork, job: JobRow, specs: Rendition[]): Promise<void> {
  if (specs.length === 0) return;
  await unit.db
    .insert(renditions)
    .values(specs.map((spec) => ({ jobId: job.id, name: spec.name, spec })))
    .onConflictDoNothing();
}

export const listRenditions = (db: Queries | Transaction, jobId: string): Promise<RenditionRow[]> =>
  db.select().from(renditions).where(eq(renditions.jobId, jobId)).orderBy(asc(renditions.name));

/**
 * After a task is done: finishes the renditions whose last chunk it was, and tells each; with the last rendition the package task
 * becomes claimable. The caller holds the job's lock, so of two chunks that end at the same time the later one sees the other.
 */
export async function finishRenditions(unit: UnitOfWork, job: JobRow, task: TaskRow): Promise<string[]> {
  const finished: string[] = [];
  for (const name of task.renditions) {
    const contributes = and(eq(tasks.jobId, job.id), arrayContains(tasks.renditions, [name]));
    const open = await unit.db
      .select({ id: tasks.id })
      .from(tasks)
      .where(and(contributes, ne(tasks.state, 'done')))
      .limit(1);
    if (open.length > 0) continue;
    const chunks = await unit.db.select({ spec: tasks.spec, result: tasks.result }).from(tasks).where(contributes);
    const objects = chunks
      .sort((a, b) => chunkIndex(a.spec) - chunkIndex(b.spec))
      .flatMap(({ result }) => result?.objects.filter(({ rendition }) => rendition === name) ?? []);
    await finishRendition(unit, job, name, task.kind, objects);
    finished.push(name);
  }
  if (finished.length > 0) await readyPackage(unit, job, task.worker ?? task.pool);
  return finished;
}

/** The join of a job, in the transaction of its last rendition, done or given up: an event that is not heard cannot leave the package waiting. */
export async function readyPackage(unit: UnitOfWork, job: JobRow, who: string): Promise<void> {
  if ((await listRenditions(unit.db, job.id)).some(({ done, givenUp }) => !done && givenUp === null)) return;
  const [waiting] = await unit.db
    .select({ id: tasks.id })
    .from(tasks)
    .where(and(eq(tasks.jobId, job.id), eq(tasks.pool, 'package'), eq(tasks.state, 'waiting')));
  if (waiting === undefined || !(await readyTask(unit, waiting.id, who))) return;
  await moveJob(unit, job, 'completing', { who, why: 'every rendition is done or given up' });
}

/** From now on only a worker that can do this takes the package of a locked job. */
export async function requireForPackage(unit: UnitOfWork, job: JobRow, capability: string): Promise<void> {
  await unit.db
    .update(tasks)
    .set({ requires: [capability] })
    .where(and(eq(tasks.jobId, job.id), eq(tasks.pool, 'package'), eq(tasks.state, 'waiting')));
}

const chunkIndex = (spec: TaskRow['spec']): number => (spec.kind === 'video' ? spec.chunk.index : 0);

async function finishRendition(unit: UnitOfWork, job: JobRow, name: string, kind: string, objects: TaskObject[]): Promise<void> {
  const sizeBytes = objects.reduce((sum, object) => sum + object.sizeBytes, 0);
  const durationSeconds = objects.reduce((sum, object) => sum + object.durationSeconds, 0);
  await unit.db
    .update(renditions)
    .set({ done: true, objects, sizeBytes, durationSeconds, doneAt: sql`now()` })
    .where(and(eq(renditions.jobId, job.id), eq(renditions.name, name)));
  const objectKeys = objects.map(({ key }) => key);
  unit.emit('rendition.done', { ...identityOf(job), renditionName: name, kind, objectKeys, sizeBytes, durationSeconds });
}
