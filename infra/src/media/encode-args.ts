import {
  type Chunk,
  countFrames,
  framesPerSecond,
  type SourceInfo,
  type SourceWithVideo,
  secondsOfFrames,
  type VideoRendition,
} from '@streamflix/contracts';
import { codecArgs } from './codec-args.ts';
import { deviceKindOf, openDevice } from './device-args.ts';
import { demuxerOf, guardedInput } from './input-args.ts';
import { rungFilters, sharedFilters } from './video-filters.ts';

/** `-xerror`: without it a damaged source ends with exit code 0. Progress goes to stdout, levels are told for the classifier. */
export const preamble = [
  ...['-hide_banner', '-nostdin', '-nostats', '-y', '-xerror'],
  ...['-loglevel', 'level+verbose'],
  ...['-progress', 'pipe:1', '-stats_period', '1'],
  // Left to itself, ffmpeg takes the first of the streams it uses for zero in some containers: sound and pictures, encoded apart, would part.
  '-copyts',
];

/** Metadata, chapters and other streams of the source do not belong into a rendition. */
export const plainMp4 = ['-map_metadata', '-1', '-map_chapters', '-1', '-f', 'mp4'];

/** Six decimals: ffmpeg's own resolution. */
export const seconds = (value: number): string => String(Number(value.toFixed(6)));

export const fileNameOf = ({ name }: { name: string }): string => `${name}.mp4`;

/** Frames that a chunk has in every one of its renditions. */
export const framesOfChunk = (source: SourceInfo, { startFrame, frameCount }: Chunk, { frameRate }: VideoRendition): number =>
  frameCount ?? countFrames(source.durationSeconds, frameRate) - startFrame;

/** How long the last picture stays: the sound may go on after it, and the last frame may fall just beside the grid. */
function stillSeconds({ durationSeconds, video }: SourceWithVideo, { frameRate }: VideoRendition): number {
  const frameSeconds = secondsOfFrames(1, frameRate);
  return Math.max(0, durationSeconds - (video.lastFrameSeconds ?? durationSeconds)) + 2 * frameSeconds;
}

/** From the container's time to ours. */
export const fromZero = (filter: 'setpts' | 'asetpts', zeroSeconds: number): string[] =>
  zeroSeconds === 0 ? [] : [`${filter}=PTS-${seconds(zeroSeconds)}/TB`];

/** Frames of the grid from the chunk's first on, which becomes zero. */
const fromFrame = (startFrame: number): string[] =>
  startFrame === 0 ? [] : [`trim=start_pts=${startFrame}`, `setpts=PTS-${startFrame}`];

/**
 * Onto the output's grid, with the chunk's first frame at zero. The grid is the same for every chunk, and cut only after it is filled:
 * what an encode of the whole would show at a frame, repeated pictures among it, is what a chunk shows there.
 */
function gridFilters(source: SourceWithVideo, { startFrame }: Chunk, rendition: VideoRendition): string {
  const { numerator, denominator } = rendition.frameRate;
  return [
    ...fromZero('setpts', source.startSeconds ?? 0),
    `fps=${numerator}/${denominator}${startFrame === 0 ? ':start_time=0' : ''}`,
    ...fromFrame(startFrame),
    `tpad=stop_mode=clone:stop_duration=${seconds(stillSeconds(source, rendition))}`,
  ].join(',');
}

function renditionArgs(rendition: VideoRendition, label: string, frames: number, path: string): string[] {
  return [
    ...['-map', `[${label}]`],
    ...['-frames:v', String(frames)],
    ...['-fps_mode', 'passthrough'],
    ...codecArgs(rendition),
    ...plainMp4,
    path,
  ];
}

/** An index may name the time of decoding, and leading pictures of an open GOP cannot be decoded from its key frame. */
const leadInSeconds = 1;
const leadInFrames = 16;

/** Where decoding may begin for a chunk: so early that its first picture and the one before are whole; 0 for the source's begin. */
export function leadInStart(
  { startFrame }: Chunk,
  { frameRate }: Pick<VideoRendition, 'frameRate'>,
  { video }: SourceWithVideo,
): number {
  const start = secondsOfFrames(startFrame, frameRate);
  return Math.max(0, start - Math.max(leadInSeconds, leadInFrames / framesPerSecond(video.frameRate)));
}

/** The seek lands on the key frame before; the grid cuts exactly. */
const seekTo = (startSeconds: number): string[] => (startSeconds === 0 ? [] : ['-noaccurate_seek', '-ss', seconds(startSeconds)]);

/** The source's own pictures and times; the plan has proven that they are those of the other rungs. */
const copyArgs = (input: string, source: SourceInfo, path: string): string[] => [
  ...preamble,
  ...[...guardedInput(demuxerOf(source)), '-i', input],
  ...['-map', '0:V:0', '-c:v', 'copy', '-tag:v', 'avc1'],
  ...plainMp4,
  path,
];

export interface VideoArgs {
  input: string;
  /** The input begins with the chunk's lead-in instead of the source's begin. */
  isPiece?: boolean;
  source: SourceWithVideo;
  chunk: Chunk;
  renditions: readonly VideoRendition[];
  /** Where each rendition is written, by its name. */
  outputPath(rendition: VideoRendition): string;
}

/** One ffmpeg for all rungs: the source is decoded once and split. Rungs of one job share their grid. */
export function buildVideoArgs({ input, isPiece = false, source, chunk, renditions, outputPath }: VideoArgs): string[] {
  const [first] = renditions;
  if (first === undefined) return [];
  if (first.copied) return copyArgs(input, source, outputPath(first));
  const frames = framesOfChunk(source, chunk, first);
  const split = renditions.map((_, index) => `[s${index}]`).join('');
  const shared = sharedFilters(source, gridFilters(source, chunk, first), first);
  const rungs = renditions.map((rendition, index) => `[s${index}]${rungFilters(source, rendition)}[v${index}]`);
  return [
    ...preamble,
    ...(first.encoder === undefined ? [] : openDevice(deviceKindOf(first.encoder))),
    ...guardedInput(demuxerOf(source)),
    ...(isPiece ? [] : seekTo(leadInStart(chunk, first, source))),
    ...['-i', input],
    ...['-filter_complex', [`[0:V:0]${shared},split=${renditions.length}${split}`, ...rungs].join(';')],
    ...renditions.flatMap((rendition, index) => renditionArgs(rendition, `v${index}`, frames, outputPath(rendition))),
  ];
}
