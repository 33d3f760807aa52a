import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { AudioRendition, JobPlan, TextRendition, VideoRendition } from '@streamflix/contracts';
import { readDash } from './read-dash.ts';
import { type InitMedia, keyframeFault, readInit, readSegment, type SegmentMedia } from './read-fragments.ts';
import { readHls } from './read-hls.ts';
import type { DashManifest, HlsManifest, KeyframeRange, ManifestTrack, ReadText } from './read-manifests.ts';
import { wholeTextName } from './text-package.ts';
import { type Cue, readWebVtt } from './web-vtt.ts';

export interface TrackMedia {
  init: InitMedia;
  segments: SegmentMedia[];
}

export interface TextMedia {
  whole: Cue[];
  segments: Cue[][];
}

/** Everything about a package that the checks look at: what was planned, what the manifests say, what the files hold. */
export interface PackageView {
  plan: JobPlan;
  video: VideoRendition[];
  audio: AudioRendition[];
  text: TextRendition[];
  hls: HlsManifest;
  dash: DashManifest;
  /** Sizes by path inside the package. */
  files: Map<string, number>;
  /** By rendition; only tracks whose every file could be read. */
  media: Map<string, TrackMedia>;
  /** By rendition; only tracks whose every file could be read. */
  cues: Map<string, TextMedia>;
  unreadable: string[];
  /** What is wrong with the places at which I-frame playlists see keyframes. */
  keyframeFaults: string[];
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

/** A file that is missing or empty is another check's business; what cannot be read is noted. */
async function attempt<T>({ files, unreadable }: PackageView, path: string, work: () => Promise<T>): Promise<T | null> {
  if ((files.get(path) ?? 0) === 0) return null;
  try {
    return await work();
  } catch (error) {
    unreadable.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

async function readTrack(
  dir: string,
  view: PackageView,
  { init: initPath, segments }: ManifestTrack,
): Promise<TrackMedia | null> {
  if (initPath === null) return null;
  const init = await attempt(view, initPath, () => readInit(dir, initPath));
  const read: SegmentMedia[] = [];
  for (const { path } of segments) {
    const segment = await attempt(view, path, () => readSegment(dir, path));
    if (segment !== null) read.push(segment);
  }
  return init === null || read.length < segments.length ? null : { init, segments: read };
}

async function readText(dir: string, view: PackageView, { name, segments }: ManifestTrack): Promise<TextMedia | null> {
  const readCues = async (path: string): Promise<Cue[] | null> =>
    attempt(view, path, async () => readWebVtt(await readFile(join(dir, path), 'utf8')));
  const whole = await readCues(`${name}/${wholeTextName}`);
  const read: Cue[][] = [];
  for (const { path } of segments) {
    const cues = await readCues(path);
    if (cues !== null) read.push(cues);
  }
  return whole === null || read.length < segments.length ? null : { whole, segments: read };
}

async function checkKeyframe(dir: string, view: PackageView, { path, offset, length }: KeyframeRange): Promise<void> {
  const fault = await attempt(view, path, async () => {
    await using file = await open(join(dir, path));
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return keyframeFault(buffer.subarray(0, bytesRead), length);
  });
  if (fault !== null) view.keyframeFaults.push(`${path} at ${offset}: ${fault}`);
}

/** A package by its manifests and the sizes of its files alone; no segment is opened. */
export async function viewManifests(readText: ReadText, files: Map<string, number>, plan: JobPlan): Promise<PackageView> {
  return {
    plan,
    video: plan.renditions.filter((rendition) => rendition.kind === 'video'),
    audio: plan.renditions.filter((rendition) => rendition.kind === 'audio'),
    text: plan.renditions.filter((rendition) => rendition.kind === 'text'),
    hls: await readHls(readText),
    dash: await readDash(readText),
    files,
    media: new Map(),
    cues: new Map(),
    unreadable: [],
    keyframeFaults: [],
  };
}

export async function viewPackage(dir: string, plan: JobPlan): Promise<PackageView> {
  const files = await listFiles(dir);
  const view = await viewManifests((path) => readFile(join(dir, path), 'utf8'), files, plan);
  for (const track of view.hls.tracks) {
    const media = track.kind === 'text' ? null : await readTrack(dir, view, track);
    if (media !== null) view.media.set(track.name, media);
    const text = track.kind === 'text' ? await readText(dir, view, track) : null;
    if (text !== null) view.cues.set(track.name, text);
  }
  for (const range of view.hls.iframes.flatMap(({ ranges }) => ranges)) await checkKeyframe(dir, view, range);
  return view;
}
