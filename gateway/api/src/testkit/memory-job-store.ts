import { randomUUID } from 'node:crypto';
import { type JobState, jobLifecycle, StreamflixError } from '@streamflix/contracts';
import {
  type HistoryPage,
  type HistoryRow,
  type JobFilter,
  type JobListQuery,
  type JobRow,
  type JobStatus,
  type ListedJob,
  type ListPlace,
  type TaskRow,
  toTaskStatus,
} from '@streamflix/infra/database';
import { type DeletionAnswer, jobVersionOf, type RetryAnswer, type Version, type Wanted } from '@streamflix/infra/work';
import type { JobStore, Requester } from '../jobs/job-store.ts';

const placeOf = ({ id, priority, createdAt, updatedAt }: JobRow, sort: JobListQuery['sort']): ListPlace => {
  const created = createdAt.getTime() * 1000;
  const values = { createdAt: [created], updatedAt: [updatedAt.getTime() * 1000], priority: [priority, created] }[sort];
  return { values, id };
};

function comparePlaces(a: ListPlace, b: ListPlace): number {
  const index = a.values.findIndex((value, each) => value !== b.values[each]);
  if (index >= 0) return (a.values[index] ?? 0) - (b.values[index] ?? 0);
  return a.id < b.id ? -1 : Number(a.id > b.id);
}

const passes = (row: JobRow, { state, videoId, profile, createdFrom, createdTo, metadata = {} }: JobFilter): boolean =>
  (state ?? row.state) === row.state &&
  (videoId ?? row.videoId) === row.videoId &&
  (profile ?? row.profile) === row.profile &&
  (createdFrom ?? row.createdAt) <= row.createdAt &&
  (createdTo === undefined || row.createdAt < createdTo) &&
  Object.entries(metadata).every(([key, value]) => row.metadata[key] === value);

/** Jobs in memory by the rules of the real store, for what the routes themselves decide. */
export class MemoryJobStore implements JobStore {
  readonly rows = new Map<string, JobRow>();
  readonly tasks = new Map<string, TaskRow[]>();
  readonly steps = new Map<string, HistoryRow[]>();
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
    if (known?.deletedAt) throw new StreamflixError('CONFLICT');
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
      posterKey: submission.posterKey ?? null,
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
      deletedAt: null,
      purgedAt: null,
    });
    return { jobId: id, created: true };
  }

  async submitFetch(
    _by: Requester,
    submission: Parameters<JobStore['submitFetch']>[1],
    origin: Parameters<JobStore['submitFetch']>[2],
  ): Promise<{ jobId: string }> {
    const { jobId } = await this.submit({ ...submission, sourceEtag: '', sizeBytes: null });
    const task = { name: 'fetch', pool: 'ingest', spec: { kind: 'fetch', origin }, state: 'ready', progress: 0 } as TaskRow;
    const untouched = { failedAttempts: 0, errorCode: null, unclaimableSince: null, startedAt: null, finishedAt: null };
    this.tasks.set(jobId, [{ ...task, ...untouched, id: randomUUID(), updatedAt: new Date(), predictedCpuSeconds: 1 }]);
    return { jobId };
  }

  async find(tenantId: string, jobId: string): Promise<JobRow | null> {
    await this.check();
    const row = this.rows.get(jobId);
    return row?.tenantId === tenantId && row.deletedAt === null ? row : null;
  }

  async tasksOf({ id }: Pick<JobRow, 'id'>): Promise<TaskRow[]> {
    return this.tasks.get(id) ?? [];
  }

  async read(tenantId: string, jobId: string): Promise<JobStatus | null> {
    const job = await this.find(tenantId, jobId);
    return job === null ? null : { job, tasks: (await this.tasksOf(job)).map(toTaskStatus) };
  }

  async #found(tenantId: string, filter: JobFilter): Promise<JobRow[]> {
    await this.check();
    return [...this.rows.values()].filter((row) => row.tenantId === tenantId && row.deletedAt === null && passes(row, filter));
  }

  async list(tenantId: string, { sort, order, limit, offset, after, ...filter }: JobListQuery): Promise<ListedJob[]> {
    const sign = order === 'desc' ? -1 : 1;
    return (await this.#found(tenantId, filter))
      .map((row) => ({ row, place: placeOf(row, sort) }))
      .filter(({ place }) => after === undefined || sign * comparePlaces(place, after) > 0)
      .sort((a, b) => sign * comparePlaces(a.place, b.place))
      .slice(offset, offset + limit);
  }

  async count(tenantId: string, filter: JobFilter, atMost: number): Promise<number> {
    return Math.min(atMost, (await this.#found(tenantId, filter)).length);
  }

  async history(tenantId: string, jobId: string, { after = 0, limit }: HistoryPage): Promise<HistoryRow[] | null> {
    if ((await this.find(tenantId, jobId)) === null) return null;
    return (this.steps.get(jobId) ?? []).filter(({ id }) => id > after).slice(0, limit);
  }

  /** The job as whoever would change it has seen it. */
  async #seen(tenantId: string, jobId: string, ifVersion: Version): Promise<JobRow | 'not-found' | 'changed'> {
    const row = await this.find(tenantId, jobId);
    if (row === null) return 'not-found';
    return ifVersion === undefined || ifVersion === jobVersionOf(row) ? row : 'changed';
  }

  async delete({ tenantId, name }: Requester, jobId: string, ifVersion?: Version): Promise<DeletionAnswer> {
    const row = await this.#seen(tenantId, jobId, ifVersion);
    if (typeof row === 'string') return row;
    if (!jobLifecycle.isTerminal(row.state)) return 'not-ended';
    this.#step(row, row.state, name);
    this.change(jobId, { deletedAt: new Date() });
    return 'deleted';
  }

  async cancel({ tenantId, name }: Requester, jobId: string, ifVersion?: Version): ReturnType<JobStore['cancel']> {
    const row = await this.#seen(tenantId, jobId, ifVersion);
    if (typeof row === 'string') return row;
    if (jobLifecycle.isTerminal(row.state)) return row.state === 'cancelled' ? 'cancelled' : 'already-ended';
    this.#step(row, 'cancelled', name);
    this.change(jobId, { state: 'cancelled', errorCode: 'JOB_CANCELLED', errorStage: 'probe', outcome: { retriable: false } });
    return 'cancelled';
  }

  async retry(
    { tenantId, name }: Requester,
    jobId: string,
    { renditions = [], tasks = [] }: Wanted,
    ifVersion?: Version,
  ): Promise<RetryAnswer> {
    const row = await this.#seen(tenantId, jobId, ifVersion);
    if (typeof row === 'string') return row;
    if (row.state === 'completed') return 'completed';
    if (!jobLifecycle.isTerminal(row.state)) return 'not-ended';
    if (renditions.some((name) => !row.plan?.renditions.some((rendition) => rendition.name === name))) return 'no-such-rendition';
    if (tasks.some((name) => !this.tasks.get(jobId)?.some((task) => task.name === name))) return 'no-such-task';
    this.#step(row, 'retrying', name);
    this.change(jobId, { state: 'retrying', outcome: null, attempt: row.attempt + 1 });
    return 'retrying';
  }

  async reprioritise(
    { tenantId, name }: Requester,
    jobId: string,
    priority: number,
    ifVersion?: Version,
  ): ReturnType<JobStore['reprioritise']> {
    const row = await this.#seen(tenantId, jobId, ifVersion);
    if (typeof row === 'string') return row;
    if (jobLifecycle.isTerminal(row.state)) return 'already-ended';
    this.#step(row, row.state, name);
    this.change(jobId, { priority });
    return 'reprioritised';
  }

  #step({ id, state }: JobRow, toState: string, who: string): void {
    const steps = this.steps.get(id) ?? [];
    const step = {
      id: steps.length + 1,
      jobId: id,
      taskId: null,
      taskName: null,
      at: new Date(),
      fromState: state,
      toState,
      who,
    };
    this.steps.set(id, [...steps, { ...step, why: null, traceparent: null }]);
  }

  change(jobId: string, changes: Partial<JobRow>): void {
    const row = this.rows.get(jobId);
    if (row === undefined) throw new Error(`no job ${jobId}`);
    const job = { ...row, updatedAt: new Date(row.updatedAt.getTime() + 1), ...changes };
    this.rows.set(jobId, job);
    if (job.state !== row.state) this.changes.push({ job, fromState: row.state });
  }
}
