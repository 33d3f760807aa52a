import { readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { AudioRendition, JobPlan, VideoRendition } from '@streamflix/contracts';
import { type InitMedia, readInit, readSegment, type SegmentMedia } from './read-fragments.ts';
import { type ManifestTrack, type ReadManifest, type ReadText, readDash, readHls } from './read-manifests.ts';

export interface TrackMedia {
  init: InitMedia;
  segments: SegmentMedia[];
}

/** Everything about a package that the checks look at: what was planned, what the manifests say, what the files hold. */
export interface PackageView {
  plan: JobPlan;
  video: VideoRendition[];
  audio: AudioRendition[];
  hls: ReadManifest;
  dash: ReadManifest & { durationSeconds: number | null };
  /** Sizes by path inside the package. */
  files: Map<string, number>;
  /** By rendition; only tracks whose every file could be read. */
  media: Map<string, TrackMedia>;
  unreadable: string[];
}

async function listFiles(dir: string): Promise<Map<string, number>> {
  const files = new Map<string, number>();
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(posix.relative(dir, path), (await stat(path)).size);
  }
  return files;
}

/** Reads all segments of a track; what cannot be read is noted. A file that is missing or empty is another check's business. */
async function readTrack(
  dir: string,
  track: ManifestTrack,
  files: Map<string, number>,
  unreadable: string[],
): Promise<TrackMedia | null> {
  const attempt = async <T>(path: string, work: () => Promise<T>): Promise<T | null> => {
    if ((files.get(path) ?? 0) === 0) return null;
    try {
      return await work();
    } catch (error) {
      unreadable.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  };
  const { init: initPath } = track;
  if (initPath === null) return null;
  const init = await attempt(initPath, () => readInit(dir, initPath));
  const segments = [];
  for (const { path } of track.segments) segments.push(await attempt(path, () => readSegment(dir, path)));
  const read = segments.filter((segment) => segment !== null);
  return init === null || read.length < segments.length ? null : { init, segments: read };
}

/** A package by its manifests and the sizes of its files alone; no segment is opened. */
export async function viewManifests(readText: ReadText, files: Map<string, number>, plan: JobPlan): Promise<PackageView> {
  return {
    plan,
    video: plan.renditions.filter((rendition) => rendition.kind === 'video'),
    audio: plan.renditions.filter((rendition) => rendition.kind === 'audio'),
    hls: await readHls(readText),
    dash: await readDash(readText),
    files,
    media: new Map(),
    unreadable: [],
  };
}

export async function viewPackage(dir: string, plan: JobPlan): Promise<PackageView> {
  const files = await listFiles(dir);
  const view = await viewManifests((path) => readFile(join(dir, path), 'utf8'), files, plan);
  for (const track of view.hls.tracks) {
    const read = await readTrack(dir, track, files, view.unreadable);
    if (read !== null) view.media.set(track.name, read);
  }
  return view;
}
