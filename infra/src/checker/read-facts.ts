import type { JobFacts, JobPlan } from '@streamflix/contracts';
import { asc, inArray, sql } from 'drizzle-orm';
import { type Database, type JobRow, schema, type Transaction } from '../database/index.ts';
import { outcomeEventIdOf, uploadEventIdOf } from '../work/index.ts';

export interface ReadJob {
  facts: JobFacts;
  plan: JobPlan | null;
  /** Another one as soon as the job or a task of it made a step, or its folder was cleaned up. */
  version: string;
}

interface OpenEvent extends Record<string, unknown> {
  event_id: string;
  topic: string;
  created_ms: string;
  job_id: string | null;
}

const ms = (moment: Date | null): number | null => moment?.getTime() ?? null;

async function readUnconfirmed(db: Transaction, jobIds: string[]): Promise<Map<string, OpenEvent[]>> {
  const jobOfUpload = new Map(jobIds.map((id) => [uploadEventIdOf(id), id]));
  const { rows } = await db.execute<OpenEvent>(sql`
    select event_id, topic, extract(epoch from created_at) * 1000 as created_ms, value->>'jobId' as job_id from outbox
    where confirmed_at is null and (
      value->>'jobId' in ${jobIds} or event_id in ${[...jobOfUpload.keys()]})
    order by sequence limit 10000`);
  return Map.groupBy(rows, ({ job_id, event_id }) => job_id ?? jobOfUpload.get(event_id) ?? '');
}

type Parts = Pick<JobFacts, 'tasks' | 'renditions' | 'history' | 'unconfirmed' | 'packageFiles'>;

const toFacts = (job: JobRow, parts: Parts): JobFacts => ({
  jobId: job.id,
  tenantId: job.tenantId,
  videoId: job.videoId,
  state: job.state,
  packageVersion: job.packageVersion,
  outcomeEventIds: Array.from({ length: job.attempt }, (_, index) => outcomeEventIdOf({ id: job.id, attempt: index + 1 })),
  outcome: job.outcome,
  createdAt: job.createdAt.getTime(),
  updatedAt: job.updatedAt.getTime(),
  finishedAt: ms(job.finishedAt),
  cleanedAt: ms(job.cleanedAt),
  ...parts,
});

/** What the database says of some jobs, all of one moment. */
export function readFacts(database: Database, jobIds: string[]): Promise<ReadJob[]> {
  if (jobIds.length === 0) return Promise.resolve([]);
  const { jobs, tasks, renditions, history, publishedPackages } = schema;
  return database.transaction(async (db) => {
    await db.execute(sql`set transaction isolation level repeatable read, read only`);
    const jobRows = await db.select().from(jobs).where(inArray(jobs.id, jobIds));
    const taskRows = await db
      .select({
        id: tasks.id,
        jobId: tasks.jobId,
        name: tasks.name,
        pool: tasks.pool,
        state: tasks.state,
        renditions: tasks.renditions,
        leaseUntil: tasks.leaseUntil,
      })
      .from(tasks)
      .where(inArray(tasks.jobId, jobIds));
    const renditionRows = await db
      .select({ jobId: renditions.jobId, name: renditions.name, done: renditions.done })
      .from(renditions)
      .where(inArray(renditions.jobId, jobIds));
    const steps = await db
      .select({ id: history.id, jobId: history.jobId, taskId: history.taskId, from: history.fromState, to: history.toState })
      .from(history)
      .where(inArray(history.jobId, jobIds))
      .orderBy(asc(history.id));
    const published = await db.select().from(publishedPackages).where(inArray(publishedPackages.jobId, jobIds));
    const unconfirmed = await readUnconfirmed(db, jobIds);

    const ofJob = <T extends { jobId: string }>(rows: T[]) => Map.groupBy(rows, ({ jobId }) => jobId);
    const [tasksOf, renditionsOf, stepsOf, publishedOf] = [ofJob(taskRows), ofJob(renditionRows), ofJob(steps), ofJob(published)];
    return jobRows.map((job) => {
      const ownSteps = stepsOf.get(job.id) ?? [];
      const files = publishedOf.get(job.id)?.find(({ version }) => version === job.packageVersion)?.files;
      const facts = toFacts(job, {
        tasks: (tasksOf.get(job.id) ?? []).map(({ leaseUntil, ...task }) => ({ ...task, leaseUntil: ms(leaseUntil) })),
        renditions: renditionsOf.get(job.id) ?? [],
        history: ownSteps,
        unconfirmed: (unconfirmed.get(job.id) ?? []).map(({ event_id, topic, created_ms }) => ({
          eventId: event_id,
          topic,
          createdAt: Number(created_ms),
        })),
        packageFiles: files ?? null,
      });
      const version = [facts.updatedAt, facts.cleanedAt, ownSteps.at(-1)?.id].join(' ');
      return { facts, plan: job.plan, version };
    });
  });
}
