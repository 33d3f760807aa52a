import { describeSource, type JobPlan } from '@streamflix/contracts';
import { type JobRow, schema } from '@streamflix/infra/database';
import type { VerificationReport } from '@streamflix/infra/media';
import type { Platform } from '@streamflix/infra/processor';
import { identityOf, moveJob, outcomeEventIdOf, type UnitOfWork } from '@streamflix/infra/work';
import type { PackagedImage } from './package-stills.ts';

export interface VerifiedPackage {
  plan: JobPlan;
  verification: VerificationReport;
  images: PackagedImage[];
  prefix: string;
  version: number;
  /** Every object of the package, as it lies in the store. */
  uploaded: { key: string; sizeBytes: number }[];
  platform: Platform;
}

/** Completes the job and tells it. The package lies whole and verified in the store by now. */
export async function publishPackage(unit: UnitOfWork, job: JobRow, made: VerifiedPackage): Promise<void> {
  const { plan, verification, images, prefix, version, uploaded, platform } = made;
  const urlOf = (path: string): string => `${platform.config.mediaBaseUrl}/${prefix}${path}`;
  const { passed, checks, segments, maxDurationErrorSeconds, warnings } = verification;
  const outcome = unit.emit('video.transcoded', {
    ...identityOf(job),
    eventId: outcomeEventIdOf(job),
    packagePrefix: prefix,
    packageVersion: version,
    hlsManifestUrl: urlOf('master.m3u8'),
    dashManifestUrl: urlOf('manifest.mpd'),
    durationSeconds: plan.source.durationSeconds,
    renditions: verification.renditions,
    audio: verification.audio,
    text: verification.text.map(({ path, ...track }) => ({ ...track, url: urlOf(path) })),
    images: images.map(({ path, ...image }) => ({ ...image, url: urlOf(path) })),
    verification: { passed, checks: checks.length, segments, maxDurationErrorSeconds, warnings, results: checks },
    metadata: job.metadata,
    source: describeSource(plan.source),
  });
  const files = Object.fromEntries(uploaded.map(({ key, sizeBytes }) => [key.slice(prefix.length), sizeBytes]));
  await unit.db.insert(schema.publishedPackages).values({ jobId: job.id, version, files });
  await moveJob(
    unit,
    job,
    'completed',
    { who: platform.instance, why: `package v${version} is verified` },
    { outcome: { ...outcome }, packageVersion: version, plan },
  );
}
