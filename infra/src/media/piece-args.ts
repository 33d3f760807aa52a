import {
  framesPerSecond,
  type SourceWithVideo,
  secondsOfFrames,
  type TaskSpec,
  type VideoRendition,
} from '@streamflix/contracts';
import { leadInStart, seconds } from './encode-args.ts';
import { demuxerOf, guardedInput } from './input-args.ts';

/** Pictures are stored before others that are shown earlier, but never so many. */
const tailFrames = 32;
const tailSeconds = 2;

/** A stretch of the source, from our zero. Null: to the end. */
interface Stretch {
  fromSeconds: number;
  toSeconds: number | null;
}

/** What the muxer of QuickTime leaves to the one of MP4. */
const mp4Only = new Set(['av1', 'vp9', 'opus', 'flac']);

/** A piece is of the source's own container, so that whatever the source said about rotation, colour and tracks is still said. */
function muxerOf(source: SourceWithVideo): string {
  if (demuxerOf(source) === 'matroska') return 'matroska';
  return [source.video, ...source.audio].some(({ codec }) => mp4Only.has(codec)) ? 'mp4' : 'mov';
}

/** Packets keep their times. In fragments they are written as they are; an edit list would round them to milliseconds. */
const exactTimes = ['-avoid_negative_ts', 'disabled'];
const fragments = ['-movflags', '+frag_keyframe+empty_moov+frag_discont', '-use_editlist', '0'];

const preamble = ['-hide_banner', '-nostdin', '-nostats', '-y', '-loglevel', 'level+warning', '-progress', 'pipe:1', '-copyts'];

/** The video track, from the key frame before the stretch. */
function cutVideo(input: string, source: SourceWithVideo, { fromSeconds, toSeconds }: Stretch, outputPath: string): string[] {
  const tail = Math.max(tailSeconds, tailFrames / framesPerSecond(source.video.frameRate));
  return [
    ...preamble,
    ...guardedInput(demuxerOf(source)),
    ...(fromSeconds === 0 ? [] : ['-noaccurate_seek', '-ss', seconds(fromSeconds)]),
    ...(toSeconds === null ? [] : ['-t', seconds(toSeconds - fromSeconds + tail)]),
    ...['-i', input, '-map', '0:V:0'],
    ...['-c', 'copy', '-copypriorss', '1'],
    ...exactTimes,
    ...(demuxerOf(source) === 'mov' ? fragments : []),
    ...['-f', muxerOf(source), outputPath],
  ];
}

/** Every track but the video. */
const cutSound = (input: string, source: SourceWithVideo, outputPath: string): string[] => [
  ...preamble,
  ...guardedInput(demuxerOf(source)),
  ...['-i', input],
  ...['-map', '0:a?', '-map', '0:s?', '-c', 'copy'],
  ...exactTimes,
  ...(demuxerOf(source) === 'mov' ? ['-movie_timescale', '1000000'] : []),
  ...['-f', muxerOf(source), outputPath],
];

export interface PieceArgs {
  input: string;
  source: SourceWithVideo;
  spec: TaskSpec;
  outputPath: string;
}

const stretchOfChunk = (source: SourceWithVideo, spec: TaskSpec & { kind: 'video' }, rung: VideoRendition): Stretch => {
  const { chunk } = spec;
  const { frameCount, startFrame } = chunk;
  return {
    fromSeconds: leadInStart(chunk, rung, source),
    toSeconds: frameCount === null ? null : secondsOfFrames(startFrame + frameCount, rung.frameRate),
  };
};

/** Copies from the source what one task needs of it, without decoding; null for a task that needs nothing of it. */
export function buildPieceArgs({ input, source, spec, outputPath }: PieceArgs): string[] | null {
  switch (spec.kind) {
    case 'video': {
      const [rung] = spec.renditions;
      return rung === undefined ? null : cutVideo(input, source, stretchOfChunk(source, spec, rung), outputPath);
    }
    case 'audio':
    case 'text':
      return cutSound(input, source, outputPath);
    default:
      return null;
  }
}
