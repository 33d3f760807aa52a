import { randomUUID } from 'node:crypto';
import {
  type Caller,
  type FolderSourceRequest,
  keyOf,
  objectKeys,
  type SourceOrigin,
  StreamflixError,
  safeFileName,
  type UrlSourceRequest,
} from '@streamflix/contracts';
import { judgeUrl, sourceRules } from '@streamflix/infra/net';
import type { GatewayPorts } from '../ports.ts';
import { assertProfile } from '../profiles/profile-store.ts';
import type { AlsoWritten } from './job-store.ts';

type Options = Pick<UrlSourceRequest, 'videoId' | 'profile' | 'priority' | 'webhookUrl' | 'metadata' | 'deadlineAt'>;

async function submit(
  { settings, jobs, profiles }: GatewayPorts,
  by: Caller,
  { options, origin, filename }: { options: Options; origin: SourceOrigin; filename: string },
  also?: AlsoWritten,
): Promise<string> {
  const { tenantId } = by;
  const { videoId = randomUUID(), profile = null, priority, webhookUrl = null, metadata, deadlineAt } = options;
  await assertProfile(profiles, tenantId, profile);
  const submission = {
    ...{ tenantId, videoId, profile, priority, webhookUrl, metadata, filename },
    sourceBucket: settings.ownBucket,
    // Of this job alone; where the source lies in the end is decided when it is here.
    sourceKey: `${objectKeys.source(tenantId, videoId, randomUUID())}/${safeFileName(filename)}`,
    contentType: null,
    submittedByKey: keyOf(by),
    checksumSha256: null,
    deadlineAt: deadlineAt === undefined ? null : Date.parse(deadlineAt),
  };
  const { jobId } = await jobs.submitFetch(by, submission, origin, also);
  return jobId;
}

/** The last part of a URL's path, as a person reads it. */
function fileNameOf({ pathname }: URL): string {
  const last = pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last).slice(-255) || 'source';
  } catch {
    return last.slice(-255) || 'source';
  }
}

/** Makes a job for what a URL names. What can be said of the URL without asking anybody is said here; the rest ends the job. */
export function createUrlJob(ports: GatewayPorts, by: Caller, request: UrlSourceRequest, also?: AlsoWritten): Promise<string> {
  const { source, filename, ...options } = request;
  const url = judgeUrl(source.url, sourceRules(ports.settings.fetch));
  return submit(ports, by, { options, origin: { kind: 'url', url: url.href }, filename: filename ?? fileNameOf(url) }, also);
}

/** Makes a job for a file in a folder of the installation. Whether it is there, ingest finds out. */
export async function createFolderJob(
  ports: GatewayPorts,
  by: Caller,
  request: FolderSourceRequest,
  also?: AlsoWritten,
): Promise<string> {
  const { folder, path, ...options } = request;
  if (!Object.hasOwn(ports.settings.fetch.folders, folder))
    throw new StreamflixError('SOURCE_FORBIDDEN', { message: 'There is no folder of that name.', details: { folder } });
  const filename = (path.split('/').at(-1) ?? path).slice(-255);
  return submit(ports, by, { options, origin: { kind: 'folder', folder, path }, filename }, also);
}
