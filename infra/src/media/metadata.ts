import type { JobPlan } from '@streamflix/contracts';
import { listChapters } from './chapters.ts';
import { packageFiles } from './packager-args.ts';
import type { VerificationReport } from './verify-package.ts';

export interface MetadataParts {
  job: { id: string; tenantId: string; videoId: string; filename: string | null; metadata: Record<string, string> };
  plan: JobPlan;
  verification: VerificationReport;
  /** By path inside the package. */
  images: readonly { kind: string; path: string; positionSeconds: number; width: number; height: number }[];
}

/** The document that lies in the package: what it was made of, what it holds, and how it was checked. No URLs: a package may be moved. */
export function buildMetadata({ job, plan, verification, images }: MetadataParts) {
  const { renditions, audio, text, ...report } = verification;
  return {
    formatVersion: 1,
    jobId: job.id,
    tenantId: job.tenantId,
    videoId: job.videoId,
    filename: job.filename,
    durationSeconds: plan.source.durationSeconds,
    segmentSeconds: plan.segmentSeconds,
    manifests: packageFiles,
    source: plan.source,
    renditions: renditions.map((rendition) => ({ ...rendition, path: `${rendition.name}/` })),
    audio: audio.map((track) => ({ ...track, path: `${track.name}/` })),
    text,
    chapters: listChapters(plan.source),
    images,
    verification: report,
    metadata: job.metadata,
  };
}
