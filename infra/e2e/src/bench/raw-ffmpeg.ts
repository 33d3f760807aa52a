import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AudioRendition, ImagesRendition, JobPlan, Rendition, VideoRendition } from '@streamflix/contracts';
import { CpuAccount } from './cpu-account.ts';
import { measureTrack, type Track } from './track.ts';

/** What one way of doing the job cost and what came of it. */
export interface Cost {
  wallSeconds: number;
  cpuSeconds: number;
}

const ofKind = <K extends Rendition['kind']>(renditions: readonly Rendition[], kind: K): Extract<Rendition, { kind: K }>[] =>
  renditions.filter((rendition): rendition is Extract<Rendition, { kind: K }> => rendition.kind === kind);

const x264 = ({ crf, maxBitrateKbps }: VideoRendition, index: number): string[] => [
  ...[
    `-crf:v:${index}`,
    String(crf),
    `-maxrate:v:${index}`,
    `${maxBitrateKbps}k`,
    `-bufsize:v:${index}`,
    `${2 * maxBitrateKbps}k`,
  ],
];

/** Frames of the thumbnails; picked from the decode that happens anyway, which costs less than seeking. */
function thumbnailFrames({ positions }: ImagesRendition, { source }: JobPlan, { frameRate }: VideoRendition): number[] {
  const frames = Math.round((source.durationSeconds * frameRate.numerator) / frameRate.denominator);
  return positions.map((position) => Math.min(frames - 1, Math.floor(position * frames)));
}

/**
 * What somebody who knows ffmpeg would type for the same outputs: one decode for all rungs, the encoder's settings of the plan, the sound
 * encoded once, CMAF segments with both manifests, thumbnails from the same decode. For a source of a constant frame rate.
 */
export function buildRawArgs(input: string, plan: JobPlan, renditions: readonly Rendition[], outputDir: string): string[] {
  const video = ofKind(renditions, 'video').toSorted((a, b) => b.height - a.height);
  const [first] = video;
  if (first === undefined) throw new Error('a job without a rung');
  const audio: AudioRendition[] = ofKind(renditions, 'audio');
  const [images] = ofKind(renditions, 'images');
  const branches = video.length + (images === undefined ? 0 : 1);
  const labels = Array.from({ length: branches }, (_, index) => `[s${index}]`).join('');
  const scaled = video.map(
    ({ width, height }, index) => `[s${index}]scale=${width}:${height}:flags=bicubic,setsar=1,format=yuv420p[v${index}]`,
  );
  const picked = images && thumbnailFrames(images, plan, first).map((frame) => `eq(n\\,${frame})`);
  const thumbnails =
    images && picked
      ? [`[s${video.length}]select='${picked.join('+')}',scale=${images.width}:${images.height},format=yuvj420p[t]`]
      : [];
  return [
    ...['-hide_banner', '-nostdin', '-y', '-loglevel', 'error', '-i', input],
    ...['-filter_complex', [`[0:v:0]split=${branches}${labels}`, ...scaled, ...thumbnails].join(';')],
    ...video.flatMap((_, index) => ['-map', `[v${index}]`]),
    ...audio.flatMap(({ sourceIndex }) => ['-map', `0:a:${sourceIndex}`]),
    ...['-c:v', 'libx264', '-preset', first.preset, '-profile:v', 'high'],
    ...video.flatMap(x264),
    ...['-g', String(first.gopFrames), '-keyint_min', String(first.gopFrames), '-sc_threshold', '0'],
    ...['-force_key_frames', `expr:not(mod(n,${first.gopFrames}))`, '-x264-params', 'open-gop=0'],
    ...audio.flatMap(({ bitrateKbps, channels, sampleRate }, index) => [
      ...[`-c:a:${index}`, 'aac', `-b:a:${index}`, `${bitrateKbps}k`],
      ...[`-ac:a:${index}`, String(channels), `-ar:a:${index}`, String(sampleRate)],
    ]),
    ...[
      '-f',
      'dash',
      '-seg_duration',
      String(plan.segmentSeconds),
      '-use_template',
      '1',
      '-use_timeline',
      '1',
      '-hls_playlist',
      '1',
    ],
    // A set for each: rungs of rounded widths differ by a hair in their aspect, which the muxer refuses within one.
    ...['-adaptation_sets', [...video, ...audio].map((_, index) => `id=${index},streams=${index}`).join(' ')],
    join(outputDir, 'manifest.mpd'),
    ...(images === undefined
      ? []
      : ['-map', '[t]', '-fps_mode', 'passthrough', '-q:v', '3', join(outputDir, 'thumbnail-%d.jpg')]),
  ];
}

/** The dash muxer names streams by their place among the outputs: the rungs first. */
async function measureRung(dir: string, index: number, { name, height }: VideoRendition): Promise<Track> {
  const files = readdirSync(dir).toSorted();
  const parts = [`init-stream${index}.m4s`, ...files.filter((file) => file.startsWith(`chunk-stream${index}-`))];
  return measureTrack(
    { name, height },
    parts.map((file) => join(dir, file)),
  );
}

export interface RawRun extends Cost {
  tracks: Track[];
  thumbnails: number;
}

export interface RawOptions {
  ffmpegPath: string;
  input: string;
  plan: JobPlan;
  renditions: readonly Rendition[];
  signal: AbortSignal;
}

/** Runs it to its end in a folder of its own, and measures what it made. */
export async function runRawFfmpeg({ ffmpegPath, input, plan, renditions, signal }: RawOptions): Promise<RawRun> {
  const dir = await mkdtemp(join(tmpdir(), 'streamflix-bench-'));
  const account = CpuAccount.open('ffmpeg');
  try {
    const startedAt = performance.now();
    const child = spawn(ffmpegPath, buildRawArgs(input, plan, renditions, dir), {
      stdio: ['ignore', 'inherit', 'inherit'],
      signal,
    });
    const ended = once(child, 'exit');
    if (child.pid !== undefined) account.add([child.pid]);
    const [code] = await ended;
    const wallSeconds = (performance.now() - startedAt) / 1000;
    const cpuSeconds = account.seconds();
    if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
    const rungs = ofKind(renditions, 'video').toSorted((a, b) => b.height - a.height);
    const tracks = await Promise.all(rungs.map((rung, index) => measureRung(dir, index, rung)));
    return { wallSeconds, cpuSeconds, tracks, thumbnails: readdirSync(dir).filter((file) => file.endsWith('.jpg')).length };
  } finally {
    await account.close();
    await rm(dir, { recursive: true, force: true });
  }
}
