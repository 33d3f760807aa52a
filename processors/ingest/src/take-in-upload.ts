import { StreamflixError, type VideoUploaded } from '@streamflix/contracts';
import type { Platform } from '@streamflix/infra/processor';
import {
  ensureJob,
  ensureProbeTask,
  failJob,
  identityOf,
  inTransaction,
  jobIsLive,
  receiveOnce,
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
async function lookUpSource({ storage, config }: Platform, event: VideoUploaded, signal: AbortSignal): Promise<Source> {
  const forbidden = refusalOf(event, config.storage.sourceBuckets);
  if (forbidden !== null) return { etag: '', sizeBytes: null, refusal: forbidden };
  const found = await storage.head({ bucket: event.sourceBucket, key: event.sourceKey }, signal);
  if (found === null) return { etag: '', sizeBytes: null, refusal: new StreamflixError('SOURCE_NOT_FOUND') };
  const refusal = found.sizeBytes === 0 ? new StreamflixError('SOURCE_EMPTY') : null;
  return { etag: found.etag, sizeBytes: found.sizeBytes, refusal };
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
      if (!(await receiveOnce(unit, platform.service, event.eventId))) return;
      const { job } = await ensureJob(unit, toSubmission(event, source));
      if (!jobIsLive(job)) return;
      if (source.refusal !== null) {
        await failJob(unit, job, source.refusal, 'ingest', { who: platform.instance, why: source.refusal.code });
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
