import { narrowestLimits, refusalOfSize, StreamflixError, toStreamflixError, type VideoUploaded } from '@streamflix/contracts';
import { findProfile } from '@streamflix/infra/database';
import type { Platform } from '@streamflix/infra/processor';
import {
  ensureJob,
  ensureProbeTask,
  failJob,
  findSubmittedJob,
  identityOf,
  inTransaction,
  jobIsLive,
  receiveOnce,
  refusalByQuota,
  type Submission,
} from '@streamflix/infra/work';
import { assertUploadIsWellFormed, refusalOf } from './check-upload.ts';

interface Source {
  /** Empty when there is no such object. */
  etag: string;
  sizeBytes: number | null;
  refusal: StreamflixError | null;
}

/** Looks the source up. A store that is away throws STORE_UNAVAILABLE: the message waits. */
async function lookUpSource(platform: Platform, event: VideoUploaded, signal: AbortSignal): Promise<Source> {
  const { storage, config } = platform;
  const forbidden = refusalOf(event, config.storage.sourceBuckets);
  if (forbidden !== null) return { etag: '', sizeBytes: null, refusal: forbidden };
  try {
    const found = await storage.head({ bucket: event.sourceBucket, key: event.sourceKey }, signal);
    if (found === null) return { etag: '', sizeBytes: null, refusal: new StreamflixError('SOURCE_NOT_FOUND') };
    return { etag: found.etag, sizeBytes: found.sizeBytes, refusal: await refusalOfWork(platform, event, found.sizeBytes) };
  } catch (error) {
    const refusal = toStreamflixError(error);
    if (refusal.class !== 'input') throw error;
    return { etag: '', sizeBytes: null, refusal };
  }
}

/** What is wrong with the profile, or with the size for that profile: fetched first and refused by the disk, it would be waited with for ever. */
async function refusalOfWork(
  { database, config }: Platform,
  { tenantId, profile }: VideoUploaded,
  sizeBytes: number,
): Promise<StreamflixError | null> {
  const named = await findProfile(database, tenantId, profile);
  if (named === null) return new StreamflixError('PROFILE_UNKNOWN', { details: { profile } });
  return refusalOfSize(sizeBytes, narrowestLimits(config.sources, named.profile.limits));
}

const toSubmission = ({ eventId: _, occurredAt: __, ...fields }: VideoUploaded, { etag, sizeBytes }: Source): Submission => ({
  ...fields,
  sourceEtag: etag,
  sizeBytes: sizeBytes ?? fields.sizeBytes,
});

/** One upload told any number of times, under any event ids, to any number of ingest processes, becomes one job. */
export async function takeInUpload(platform: Platform, event: VideoUploaded, signal: AbortSignal): Promise<void> {
  assertUploadIsWellFormed(event);
  // Two of the same at once: the second finds the first one's work done. Without the lock the database still sees to it.
  const lock = await platform.locks.acquire(`intake:${event.tenantId}:${event.videoId}`, { ttlMs: 5_000, signal });
  try {
    const source = await lookUpSource(platform, event, signal);
    await inTransaction(platform, async (unit) => {
      // Upstreams choose the ids: one that another tenant has used says nothing about this upload.
      if (!(await receiveOnce(unit, platform.service, `${event.tenantId}/${event.videoId}/${event.eventId}`))) return;
      const submitted = await findSubmittedJob(unit, event);
      const { job, created } =
        submitted === null
          ? await ensureJob(unit, toSubmission(event, source), platform.config.tenants)
          : { job: submitted, created: false };
      if (!jobIsLive(job)) return;
      const refusal =
        source.refusal ??
        (job.sourceEtag === source.etag ? null : new StreamflixError('SOURCE_CHANGED')) ??
        (created ? await refusalByQuota(unit, job.tenantId, platform.config.tenants) : null);
      if (refusal !== null) {
        await failJob(unit, job, refusal, 'ingest', { who: platform.instance, why: refusal.code });
        return;
      }
      if (await ensureProbeTask(unit, job)) {
        const { sourceBucket, sourceKey, sourceEtag, priority } = job;
        unit.emit('job.created', { ...identityOf(job), sourceBucket, sourceKey, sourceEtag, priority });
      }
    });
  } finally {
    if (typeof lock === 'object') await lock.release();
  }
}
