import type { codecTraits, VideoCodec } from './codecs.ts';
import { framesPerSecond } from './frame-grid.ts';
import type { TaskSpec, VideoRendition } from './plan.ts';
import type { SourceInfo } from './source.ts';

/** Pixels that one core decodes, scales and encodes in a second at the default preset; measured on x264 veryfast. */
const pixelsPerCpuSecond = 60_000_000;

type X26xPreset = (typeof codecTraits.h264.presets)[number];

/** Work of a pixel against x264 veryfast: measured on two cores with ffmpeg 5.1, 640x360 with noise. */
const x264Work: Record<X26xPreset, number> = {
  ultrafast: 0.5,
  superfast: 0.7,
  veryfast: 1,
  faster: 1.4,
  fast: 1.7,
  medium: 2.3,
  slow: 4.2,
  slower: 7.5,
  veryslow: 15,
};
const x265Work: Record<X26xPreset, number> = {
  ultrafast: 1.4,
  superfast: 1.8,
  veryfast: 2.5,
  faster: 2.8,
  fast: 3.3,
  medium: 3.5,
  slow: 7.5,
  slower: 15,
  veryslow: 25,
};

/** Numbered presets grow by the same factor from step to step. */
const workOf: Record<VideoCodec, (preset: string) => number> = {
  h264: (preset) => x264Work[preset as X26xPreset],
  hevc: (preset) => x265Work[preset as X26xPreset],
  av1: (preset) => 2.6 * 1.5 ** (10 - Number(preset)),
  vp9: (preset) => 4.5 * 1.6 ** Math.max(0, 4 - Number(preset)),
};

function encodedWork({ width, height, frameRate, codec, preset, copied, encoder }: VideoRendition): number {
  // A device takes no processor's time but for what it is fed.
  return copied || encoder !== undefined ? 0 : width * height * framesPerSecond(frameRate) * workOf[codec](preset);
}

/** CPU-seconds a task will take, roughly: for fair order and scaling, never for a decision about one video. */
export function predictCpuSeconds(spec: TaskSpec, { durationSeconds, video }: SourceInfo): number {
  switch (spec.kind) {
    case 'video': {
      const isDecoded = video !== null && spec.renditions.some(({ copied }) => !copied);
      const decoded = !isDecoded ? 0 : video.width * video.height * framesPerSecond(video.frameRate) * 0.2;
      const encoded = spec.renditions.reduce((sum, rendition) => sum + encodedWork(rendition), 0);
      const share = 1 / spec.chunk.count;
      return Math.max(0.5, (durationSeconds * share * (decoded + encoded)) / pixelsPerCpuSecond);
    }
    case 'audio':
      return Math.max(0.2, durationSeconds / 100);
    case 'text':
      return Math.max(0.2, durationSeconds / 2000);
    default:
      return 1;
  }
}
