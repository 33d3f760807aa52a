import { randomUUID } from 'node:crypto';
import { type JobState, jobLifecycle, StreamflixError } from '@streamflix/contracts';
import type { JobRow, TaskRow } from '@streamflix/infra/database';
import type { RetryAnswer, Wanted } from '@streamflix/infra/work';
import type { JobStore, Requester } from '../jobs/job-store.ts';

/** Jobs in memory by the rules of the real store, for what the routes themselves decide. */
export class MemoryJobStore implements JobStore {
  readonly rows = new Map<string, JobRow>();
  readonly tasks = new Map<string, TaskRow[]>();
  /** The states jobs came into. */
  readonly changes: { job: JobRow; fromState: JobState | null }[] = [];
  failure: Error | null = null;
  maxQueuedJobs = Number.POSITIVE_INFINITY;

  async check(): Promise<void> {
    if (this.failure !== null) throw this.failure;
  }

  async admit(tenantId: string): Promise<void> {
    await this.check();
    const unfinishedJobs = [...this.rows.values()].filter(
      (row) => row.tenantId === tenantId && !jobLifecycle.isTerminal(row.state),
    ).length;
    const { maxQueuedJobs } = this;
    if (unfinishedJobs < maxQueuedJobs) return;
    const message = `The tenant has ${unfinishedJobs} unfinished jobs and may have ${maxQueuedJobs}.`;
    throw new StreamflixError('QUOTA_EXCEEDED', { message, details: { unfinishedJobs, maxQueuedJobs } });
  }

  async submit({ deadlineAt, ...submission }: Parameters<JobStore['submit']>[0]): Promise<{ jobId: string; created: boolean }> {
    await this.check();
    const identity = ['tenantId', 'videoId', 'sourceBucket', 'sourceKey', 'sourceEtag'] as const;
    const known = [...this.rows.values()].find((row) => identity.every((field) => row[field] === submission[field]));
    if (known !== undefined) return { jobId: known.id, created: false };
    await this.admit(submission.tenantId);
    const id = randomUUID();
    const now = new Date(1_700_000_000_000 + this.rows.size * 1000);
    this.rows.set(id, {
      submittedByKey: null,
      ...submission,
      id,
      deadlineAt: deadlineAt === null ? null : new Date(deadlineAt),
      state: 'pending',
      attempt: 1,
      requestedPriority: null,
      plan: null,
      outcome: null,
      packageVersion: null,
      errorCode: null,
      errorMessage: null,
      errorStage: null,
      traceparent: null,
      createdAt: now,
      updatedAt: now,
      finishedAt: null,
      cleanedAt: null,
    });
    return { jobId: id, created: true };
  }

  async find(tenantId: string, jobId: string): Promise<JobRow | null> {
    await this.check();
    const row = this.rows.get(jobId);
    return row?.tenantId === tenantId ? row : null;
  }

  async tasksOf({ id }: Pick<JobRow, 'id'>): Promise<TaskRow[]> {
    return this.tasks.get(id) ?? [];
  }

  async list(tenantId: string, { state, videoId, limit, before }: Parameters<JobStore['list']>[1]): Promise<JobRow[]> {
    await this.check();
    return [...this.rows.values()]
      .filter(
        (row) => row.tenantId === tenantId && (state ?? row.state) === row.state && (videoId ?? row.videoId) === row.videoId,
      )
      .filter((row) => before === undefined || row.createdAt < before.createdAt)
      .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
      .slice(0, limit);
  }

  async cancel({ tenantId }: Requester, jobId: string): Promise<'cancelled' | 'already-ended' | 'not-found'> {
    const row = await this.find(tenantId, jobId);
    if (row === null) return 'not-found';
    if (jobLifecycle.isTerminal(row.state)) return row.state === 'cancelled' ? 'cancelled' : 'already-ended';
    this.change(jobId, { state: 'cancelled', errorCode: 'JOB_CANCELLED', errorStage: 'probe', outcome: { retriable: false } });
    return 'cancelled';
  }

  async retry({ tenantId }: Requester, jobId: string, { renditions = [], tasks = [] }: Wanted): Promise<RetryAnswer> {
    const row = await this.find(tenantId, jobId);
    if (row === null) return 'not-found';
    if (row.state === 'completed') return 'completed';
    if (!jobLifecycle.isTerminal(row.state)) return 'not-ended';
    if (renditions.some((name) => !row.plan?.renditions.some((rendition) => rendition.name === name))) return 'no-such-rendition';
    if (tasks.some((name) => !this.tasks.get(jobId)?.some((task) => task.name === name))) return 'no-such-task';
    this.change(jobId, { state: 'retrying', outcome: null, attempt: row.attempt + 1 });
    return 'retrying';
  }

  async reprioritise(
    { tenantId }: Requester,
    jobId: string,
    priority: number,
  ): Promise<'reprioritised' | 'already-ended' | 'not-found'> {
    const row = await this.find(tenantId, jobId);
    if (row === null) return 'not-found';
    if (jobLifecycle.isTerminal(row.state)) return 'already-ended';
    this.change(jobId, { priority });
    return 'reprioritised';
  }

  change(jobId: string, changes: Partial<JobRow>): void {
    const row = this.rows.get(jobId);
    if (row === undefined) throw new Error(`no job ${jobId}`);
    const job = { ...row, ...changes };
    this.rows.set(jobId, job);
    if (job.state !== row.state) this.changes.push({ job, fromState: row.state });
  }
}
