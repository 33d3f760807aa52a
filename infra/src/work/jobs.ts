import { type ErrorCode, errorCatalogue, jobLifecycle, rankOf, StreamflixError, type VideoUploaded } from '@streamflix/contracts';
import { and, asc, eq, inArray, notInArray, sql } from 'drizzle-orm';
import { v5 as uuidv5 } from 'uuid';
import { type JobRow, schema } from '../database/index.ts';
import { currentTraceparent } from '../telemetry/index.ts';
import { jobVersionOf, lockJob, moveJob, type Reason, recordNote, recordTaskSteps, storable } from './history.ts';
import { grantedPriority, type Quota, refusalByQuota } from './quota.ts';
import { addTasks } from './tasks.ts';
import { rerank } from './turns.ts';
import { inTransaction, type UnitOfWork, type WorkPorts } from './unit-of-work.ts';

export interface Submission {
  tenantId: string;
  videoId: string;
  sourceBucket: string;
  sourceKey: string;
  /** Empty when the source is not there: such a job fails, and a later upload under the same key is another job. */
  sourceEtag: string;
  sizeBytes: number | null;
  filename: string | null;
  contentType: string | null;
  checksumSha256: string | null;
  profile: string | null;
  priority: number;
  webhookUrl: string | null;
  /** Milliseconds since the epoch. */
  deadlineAt: number | null;
  metadata: Record<string, string>;
  /** The gateway's key it came with, where it came with one: usage is told by it. */
  submittedByKey?: string | null;
  /** Object key of a picture that its uploader gave it; null or absent: none. */
  posterKey?: string | null;
}

const jobNamespace = '6f0a5d1c-3a0e-4c53-9d0b-6f5b2a6f7f11';

/** The same source, with the same ETag, for the same tenant and video is the same job: its id says so. */
export const jobIdOf = ({ tenantId, videoId, sourceBucket, sourceKey, sourceEtag }: Submission): string =>
  uuidv5(JSON.stringify([tenantId, videoId, sourceBucket, sourceKey, sourceEtag]), jobNamespace);

/** One per attempt of a job: publishing the outcome again publishes the same event again. */
export const outcomeEventIdOf = ({ id, attempt }: Pick<JobRow, 'id' | 'attempt'>): string =>
  uuidv5(attempt === 1 ? 'outcome' : `outcome ${attempt}`, id);

/** What is said of a priority that is not the one that was asked for. */
const lowering = (requested: number, granted: number): string =>
  `priority ${requested} lowered to ${granted}, the highest of the tenant`;

/**
 * Inserts the job unless it is there, with a priority its tenant may have, and returns it locked. Whether the tenant may have the job is
 * `refusalByQuota`'s to say.
 */
export async function ensureJob(
  unit: UnitOfWork,
  submission: Submission,
  quota: Quota = {},
): Promise<{ job: JobRow; created: boolean }> {
  const id = jobIdOf(submission);
  const { deadlineAt, priority: requested, ...columns } = submission;
  const priority = await grantedPriority(unit, submission.tenantId, requested, quota);
  const isLowered = priority < requested;
  const inserted = await unit.db
    .insert(schema.jobs)
    .values({
      ...columns,
      id,
      priority,
      requestedPriority: isLowered ? requested : null,
      deadlineAt: deadlineAt === null ? null : new Date(deadlineAt),
      traceparent: currentTraceparent(),
    })
    .onConflictDoNothing()
    .returning({ id: schema.jobs.id });
  const job = await lockJob(unit, id);
  if (job === null) throw new Error(`job ${id} is neither new nor there`);
  const created = inserted.length === 1;
  if (created && isLowered) await recordNote(unit, job, { who: 'quota', why: lowering(requested, priority) });
  return { job, created };
}

/** The one event that tells of a submitted job: it is about that job, whatever has become of the source since. */
export const uploadEventIdOf = (jobId: string): string => uuidv5('uploaded', jobId);

/**
 * The gateway's way in: the job is visible at once, and VideoUploaded takes it the way every upload goes. Throws QUOTA_EXCEEDED; a job that
 * is there already counts for nothing. What `also` writes stands or falls with the job.
 */
export function submitUpload(
  ports: WorkPorts,
  submission: Submission,
  quota: Quota = {},
  also: (unit: UnitOfWork, job: JobRow) => Promise<void> = async () => undefined,
): Promise<{ jobId: string; created: boolean }> {
  return inTransaction(ports, async (unit) => {
    const { job, created } = await ensureJob(unit, submission, quota);
    if (job.deletedAt !== null) throw wasDeleted(job);
    if (created) {
      const refusal = await refusalByQuota(unit, job.tenantId, quota);
      if (refusal !== null) throw refusal;
      const { sourceEtag: _, submittedByKey: __, posterKey: ___, ...fields } = submission;
      unit.emit('video.uploaded', { ...fields, priority: job.priority, eventId: uploadEventIdOf(job.id) });
    }
    await also(unit, job);
    return { jobId: job.id, created };
  });
}

const wasDeleted = ({ deletedAt }: JobRow): StreamflixError =>
  new StreamflixError('CONFLICT', {
    message: 'The job of this source was deleted. The source is transcoded again under another video id or key.',
    details: { deletedAt: deletedAt?.toISOString() },
  });

/** The submitted job that an upload tells of, locked; null for an upload that came from elsewhere. */
export async function findSubmittedJob(unit: UnitOfWork, event: VideoUploaded): Promise<JobRow | null> {
  const { tenantId, videoId, sourceBucket, sourceKey, eventId } = event;
  const { jobs } = schema;
  const ofSource = await unit.db
    .select({ id: jobs.id })
    .from(jobs)
    .where(
      and(
        eq(jobs.tenantId, tenantId),
        eq(jobs.videoId, videoId),
        eq(jobs.sourceBucket, sourceBucket),
        eq(jobs.sourceKey, sourceKey),
      ),
    );
  const submitted = ofSource.find(({ id }) => uploadEventIdOf(id) === eventId);
  return submitted === undefined ? null : lockJob(unit, submitted.id);
}

/** Whoever ends a job ends its tasks too: nothing of it is claimed any more, and what runs is told to stop. */
async function stopTasks(unit: UnitOfWork, job: JobRow, reason: Reason): Promise<void> {
  const live = ['waiting', 'ready', 'running', 'retrying'] as const;
  const before = await unit.db
    .select({ id: schema.tasks.id, state: schema.tasks.state })
    .from(schema.tasks)
    .where(and(eq(schema.tasks.jobId, job.id), inArray(schema.tasks.state, [...live]), notInArray(schema.tasks.pool, ['notify'])))
    .for('update');
  if (before.length === 0) return;
  await unit.db
    .update(schema.tasks)
    .set({ state: 'cancelled', leaseUntil: null, updatedAt: sql`now()`, finishedAt: sql`now()` })
    .where(
      inArray(
        schema.tasks.id,
        before.map(({ id }) => id),
      ),
    );
  await recordTaskSteps(
    unit,
    before.map(({ id, state }) => ({ jobId: job.id, taskId: id, from: state, to: 'cancelled' as const })),
    reason,
  );
  if (before.some(({ state }) => state === 'running')) {
    unit.emit('job.control', {
      ...identityOf(job),
      action: 'cancel',
      taskId: null,
      requestedBy: reason.who,
      reason: reason.why ?? null,
    });
  }
}

export const identityOf = ({ id, tenantId, videoId }: JobRow) => ({ jobId: id, tenantId, videoId });

/** Ends a locked job without a package: VideoFailed, once. An ended job stays as it is. */
export async function failJob(
  unit: UnitOfWork,
  job: JobRow,
  error: Pick<StreamflixError, 'code' | 'message'>,
  stage: string,
  reason: Reason,
): Promise<void> {
  if (jobLifecycle.isTerminal(job.state)) return;
  const { code } = error;
  const message = storable(error.message, 2000);
  const outcome = unit.emit('video.failed', {
    ...identityOf(job),
    eventId: outcomeEventIdOf(job),
    code,
    message,
    retriable: isRetriable(code),
    stage,
    metadata: job.metadata,
  });
  const changes = { outcome: { ...outcome }, errorCode: code, errorMessage: message, errorStage: stage };
  await moveJob(unit, job, code === 'JOB_CANCELLED' ? 'cancelled' : 'failed', reason, changes);
  await stopTasks(unit, job, reason);
}

/** Whether the same source may do better when it is submitted again. What somebody stopped on purpose is not for a machine to repeat. */
const isRetriable = (code: ErrorCode): boolean => !['input', 'control'].includes(errorCatalogue[code].class);

export interface Cancellation {
  tenantId: string;
  jobId: string;
  requestedBy: string;
  reason?: string;
  ifVersion?: Version;
}

/** The version of a job that whoever decides about it has seen; undefined: any. */
export type Version = string | undefined;

/** The job of a tenant, locked, as whoever decides about it has seen it. */
export async function lockJobOf(
  unit: Pick<UnitOfWork, 'db'>,
  { tenantId, jobId, ifVersion }: { tenantId: string; jobId: string; ifVersion?: Version },
): Promise<JobRow | 'not-found' | 'changed'> {
  const job = await lockJob(unit, jobId);
  if (job === null || job.tenantId !== tenantId || job.deletedAt !== null) return 'not-found';
  return ifVersion === undefined || ifVersion === jobVersionOf(job) ? job : 'changed';
}

export function cancelJob(
  ports: WorkPorts,
  { tenantId, jobId, requestedBy, reason, ifVersion }: Cancellation,
): Promise<'cancelled' | 'already-ended' | 'not-found' | 'changed'> {
  return inTransaction(ports, async (unit) => {
    const job = await lockJobOf(unit, { tenantId, jobId, ifVersion });
    if (typeof job === 'string') return job;
    if (jobLifecycle.isTerminal(job.state)) return job.state === 'cancelled' ? 'cancelled' : 'already-ended';
    const message = reason ?? errorCatalogue.JOB_CANCELLED.message;
    await failJob(unit, job, { code: 'JOB_CANCELLED', message }, stageOf(job), { who: requestedBy, why: message });
    return 'cancelled';
  });
}

export interface Reprioritisation {
  tenantId: string;
  jobId: string;
  priority: number;
  requestedBy: string;
  ifVersion?: Version;
}

/**
 * Gives a job another priority: what of it has not begun is claimed in the new class, behind its tenant's other work there. Nobody has to
 * be told, for the next claim reads the order. What the tenant may not have is lowered.
 */
export function reprioritiseJob(
  ports: WorkPorts,
  { tenantId, jobId, priority: requested, requestedBy, ifVersion }: Reprioritisation,
  quota: Quota = {},
): Promise<'reprioritised' | 'already-ended' | 'not-found' | 'changed'> {
  return inTransaction(ports, async (unit) => {
    const job = await lockJobOf(unit, { tenantId, jobId, ifVersion });
    if (typeof job === 'string') return job;
    if (jobLifecycle.isTerminal(job.state)) return 'already-ended';
    const priority = await grantedPriority(unit, tenantId, requested, quota);
    const requestedPriority = priority < requested ? requested : null;
    if (job.priority === priority && job.requestedPriority === requestedPriority) return 'reprioritised';
    await unit.db
      .update(schema.jobs)
      .set({ priority, requestedPriority, updatedAt: sql`now()` })
      .where(eq(schema.jobs.id, jobId));
    const live = await unit.db
      .select()
      .from(schema.tasks)
      .where(and(eq(schema.tasks.jobId, jobId), inArray(schema.tasks.state, ['waiting', 'ready', 'running', 'retrying'])))
      .orderBy(asc(schema.tasks.tag))
      .for('update');
    await unit.db.update(schema.tasks).set({ priority }).where(eq(schema.tasks.jobId, jobId));
    const rank = rankOf(priority);
    await rerank(
      unit,
      live.filter((task) => task.rank !== rank).map((task) => ({ task, rank })),
    );
    const change = `priority ${job.priority} to ${priority}`;
    const why = requestedPriority === null ? change : `${change}: ${lowering(requested, priority)}`;
    await recordNote(unit, job, { who: requestedBy, why });
    return 'reprioritised';
  });
}

/** The processor that a job's state waits for. */
export const stageOf = ({ state, plan, sourceEtag }: JobRow): string => {
  if (state === 'completing') return 'package';
  if (sourceEtag === '') return 'ingest';
  return plan === null ? 'probe' : 'encode';
};

/** Makes the probe task of a job unless it is there; returns whether it was made. */
export async function ensureProbeTask(unit: UnitOfWork, job: JobRow): Promise<boolean> {
  const added = await addTasks(unit, job, [
    { name: 'probe', pool: 'probe', spec: { kind: 'probe' }, state: 'ready', predictedCpuSeconds: 1 },
  ]);
  return added.length === 1;
}
