import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type JobPlan, runTogether, StreamflixError, withoutRenditions } from '@streamflix/contracts';
import type { RenditionRow } from '@streamflix/infra/database';
import { buildMetadata, packageRenditions, type VerificationReport, verifyPackage } from '@streamflix/infra/media';
import type { TaskContext, WorkOutcome } from '@streamflix/infra/processor';
import { type StorageProvider, uploadFolder } from '@streamflix/infra/storage';
import { listRenditions } from '@streamflix/infra/work';
import { copyPoster } from './copy-poster.ts';
import { fetchWhole } from './fetch-whole.ts';
import { type PackagedImage, packageStills } from './package-stills.ts';
import { publishPackage } from './publish-package.ts';

/** Manifests tell tracks in the order they are given in, and some players take the first. */
const inPlannedOrder = (rows: RenditionRow[], { renditions }: JobPlan): RenditionRow[] => {
  const places = new Map(renditions.map(({ name }, place) => [name, place]));
  return rows.toSorted((a, b) => (places.get(a.name) ?? 0) - (places.get(b.name) ?? 0));
};

/** Renditions that are fetched, and joined, at a time. */
const fetchedAtOnce = 4;

/** Fetches every rendition, whole, and runs the packager over them; beside it the stills are taken. */
async function makePackage(
  context: TaskContext,
  rows: RenditionRow[],
  plan: JobPlan,
  outputDir: string,
): Promise<PackagedImage[]> {
  const { platform, media, scratchDir, signal, report, step } = context;
  const dir = join(scratchDir, 'renditions');
  await mkdir(dir, { recursive: true });
  const ordered = inPlannedOrder(rows, plan).filter(({ spec }) => spec.kind !== 'images');
  const fetches = ordered.map((row) => async () => ({
    spec: row.spec,
    path: await step('fetch a rendition', () => fetchWhole({ platform, media, dir, row, plan, signal })),
  }));
  const made = await runTogether(fetches, fetchedAtOnce);
  const video = made.flatMap(({ spec, path }) => (spec.kind === 'video' ? [{ rendition: spec, path }] : []));
  const audio = made.flatMap(({ spec, path }) => (spec.kind === 'audio' ? [{ rendition: spec, path }] : []));
  const text = made.flatMap(({ spec, path }) => (spec.kind === 'text' ? [{ rendition: spec, path }] : []));
  report(0.3);
  const rungs = new Map(video.map(({ rendition: { name }, path }) => [name, path]));
  const { source, segmentSeconds } = plan;
  let images: PackagedImage[] = [];
  const works = [
    () => packageRenditions({ video, audio, text, source, outputDir, segmentSeconds, media, signal }),
    async () => {
      images = await packageStills(context, plan, rungs, outputDir);
    },
  ];
  await runTogether(works, works.length);
  report(0.5);
  return images;
}

function assertVerified(report: VerificationReport): void {
  if (report.passed) return;
  const faults = report.checks.filter(({ passed }) => !passed).map(({ name, detail }) => `${name}: ${detail}`);
  throw new StreamflixError('PACKAGE_INVALID', {
    message: `the package was not published: ${faults.join('; ')}`,
    details: { faults },
  });
}

/** Every object the package consists of must be in the store with the size it has here. */
async function assertUploaded(
  storage: StorageProvider,
  prefix: string,
  uploaded: { key: string; sizeBytes: number }[],
): Promise<void> {
  const sizes = new Map<string, number>();
  for await (const { key, sizeBytes } of storage.list(prefix)) sizes.set(key, sizeBytes);
  const wrong = uploaded.filter(({ key, sizeBytes }) => sizes.get(key) !== sizeBytes).map(({ key }) => basename(key));
  if (wrong.length > 0)
    throw new StreamflixError('PACKAGE_INVALID', { message: `not in the store as made: ${wrong.slice(0, 5).join(', ')}` });
}

/** The plan without what was given up, and the rows of the rest. */
function whatWasMade(plan: JobPlan, all: RenditionRow[]): { plan: JobPlan; rows: RenditionRow[] } {
  const givenUp = all.flatMap(({ name, givenUp: why }) => (why === null ? [] : [{ name, ...why }]));
  return { plan: withoutRenditions(plan, givenUp), rows: all.filter((row) => row.givenUp === null) };
}

/** Makes, verifies and uploads the package; only then the outcome is told, in the transaction that ends the task. */
export async function packageTask(context: TaskContext): Promise<WorkOutcome> {
  const { platform, job, task, scratchDir, objectPrefix, signal, report, step } = context;
  if (job.plan === null) throw new StreamflixError('INTERNAL_ERROR', { message: 'a package task of a job without a plan' });
  const { plan, rows } = whatWasMade(job.plan, await platform.database.query((db) => listRenditions(db, job.id)));
  const packageDir = join(scratchDir, 'package');
  await mkdir(packageDir, { recursive: true });
  const stills = await makePackage(context, rows, plan, packageDir);
  const verification = await verifyPackage(packageDir, plan);
  assertVerified(verification);
  const poster = await step('fetch the poster', () => copyPoster(platform.storage, plan, packageDir, signal));
  const images = [...poster, ...stills];
  const metadata = buildMetadata({ job, plan, verification, images });
  await writeFile(join(packageDir, 'metadata.json'), `${JSON.stringify(metadata, null, 2)}\n`);
  report(0.6);
  const uploaded = await step('upload', () => uploadFolder(platform.storage, packageDir, objectPrefix, { signal }));
  await assertUploaded(platform.storage, objectPrefix, uploaded);
  report(0.95);
  return {
    result: { objects: [] },
    conclude: (unit, lockedJob) =>
      publishPackage(unit, lockedJob, {
        plan,
        verification,
        images,
        prefix: objectPrefix,
        version: task.epoch,
        uploaded,
        platform,
      }),
  };
}
