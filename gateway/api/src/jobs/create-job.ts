import { createHash } from 'node:crypto';
import {
  type Caller,
  type CreateJobRequest,
  keyOf,
  mayReadSource,
  type StoredSourceRequest,
  StreamflixError,
} from '@streamflix/contracts';
import type { GatewayPorts } from '../ports.ts';
import { assertProfile } from '../profiles/profile-store.ts';
import { createUrlJob } from './fetch-job.ts';
import type { AlsoWritten } from './job-store.ts';

/** The id of a video nobody named: the same object is the same video, so that asking again answers the same job. */
const videoIdOfObject = (bucket: string, key: string): string =>
  createHash('sha256')
    .update(JSON.stringify([bucket, key]))
    .digest('hex')
    .slice(0, 32);

/** Makes a job for an object that lies in the store, or finds the one that was made for it. */
async function createStoredJob(
  ports: GatewayPorts,
  caller: Caller,
  request: StoredSourceRequest,
  also?: AlsoWritten,
): Promise<string> {
  const { tenantId } = caller;
  const { settings, storage, jobs, profiles } = ports;
  const { ownBucket, sourceBuckets } = settings;
  const { sourceKey, sourceBucket = ownBucket } = request;
  if (!sourceBuckets.includes(sourceBucket) || !mayReadSource(tenantId, sourceKey)) throw new StreamflixError('SOURCE_FORBIDDEN');
  await assertProfile(profiles, tenantId, request.profile ?? null);
  const source = await storage.head({ bucket: sourceBucket, key: sourceKey }, AbortSignal.timeout(15_000));
  if (source === null) throw new StreamflixError('SOURCE_NOT_FOUND', { details: { sourceBucket, sourceKey } });
  const submission = {
    tenantId,
    videoId: request.videoId ?? videoIdOfObject(sourceBucket, sourceKey),
    sourceBucket,
    sourceKey,
    sourceEtag: source.etag,
    sizeBytes: source.sizeBytes,
    filename: request.filename ?? null,
    contentType: request.contentType ?? source.contentType,
    checksumSha256: request.checksumSha256 ?? null,
    profile: request.profile ?? null,
    priority: request.priority,
    webhookUrl: request.webhookUrl ?? null,
    deadlineAt: request.deadlineAt === undefined ? null : Date.parse(request.deadlineAt),
    metadata: request.metadata,
    submittedByKey: keyOf(caller),
  };
  return (await jobs.submit(submission, also)).jobId;
}

/** Makes a job for what lies in the store or for what a URL names. Returns its id. */
export const createJob = (ports: GatewayPorts, caller: Caller, request: CreateJobRequest, also?: AlsoWritten): Promise<string> =>
  'source' in request ? createUrlJob(ports, caller, request, also) : createStoredJob(ports, caller, request, also);
