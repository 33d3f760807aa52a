import { codecTraits, type VideoRendition } from '@streamflix/contracts';
import { deviceCodecArgs } from './device-args.ts';

/** Of the decoder's input to the encoder, and of its output to the player. */
export const pixelFormatOf = ({ bitDepth }: Pick<VideoRendition, 'bitDepth'>): string =>
  bitDepth === 10 ? 'yuv420p10le' : 'yuv420p';

/** A buffer of two seconds: what a player has at hand before it begins. */
const capped = ({ maxBitrateKbps }: VideoRendition): string[] => [
  ...['-maxrate', `${maxBitrateKbps}k`, '-bufsize', `${2 * maxBitrateKbps}k`],
];

/** Keyframes on the grid and nowhere else; the first of every chunk is on it. */
const onGrid = ({ gopFrames }: VideoRendition): string[] => [
  ...['-g', String(gopFrames), '-keyint_min', String(gopFrames)],
  ...['-force_key_frames', `expr:not(mod(n,${gopFrames}))`],
];

const noSceneCuts = ['-sc_threshold', '0'];

/**
 * Constant quality under a ceiling, with closed GOPs: with an average bitrate every chunk would begin anew and show its joints, and an open GOP
 * leans on pictures of the chunk before. One thread: where a ceiling bites, threads of x264 decide by how far the others have come, and no two
 * encodes are the same bytes, whether they share out pictures or slices (ADR 24). x265 and SVT-AV1 have to be told in their own words.
 */
export function codecArgs(rendition: VideoRendition): string[] {
  const { codec, preset, crf, bitDepth, gopFrames, maxBitrateKbps } = rendition;
  if (rendition.encoder !== undefined) return deviceCodecArgs(rendition, rendition.encoder, capped(rendition));
  const encoder = ['-threads', '1', '-c:v', codecTraits[codec].encoder];
  const quality = ['-crf', String(crf)];
  switch (codec) {
    case 'h264':
      return [
        ...[...encoder, '-preset', preset, '-profile:v', 'high'],
        ...[...quality, ...capped(rendition)],
        ...[...onGrid(rendition), ...noSceneCuts, '-x264-params', 'open-gop=0'],
      ];
    case 'hevc':
      return [
        ...[...encoder, '-preset', preset, '-profile:v', bitDepth === 10 ? 'main10' : 'main'],
        ...[...quality, ...capped(rendition)],
        ...[...onGrid(rendition), '-forced-idr', '1'],
        // The wrapper hands on neither -keyint_min nor a scene threshold.
        ...['-x265-params', `open-gop=0:scenecut=0:keyint=${gopFrames}:min-keyint=${gopFrames}:pools=1:log-level=warning`],
        // Parameter sets outside the pictures: Apple plays no other.
        ...['-tag:v', 'hvc1'],
      ];
    case 'av1':
      return [
        ...[...encoder, '-preset', preset],
        ...[...quality, ...capped(rendition)],
        // It begins a GOP after so many frames of itself; forcing one as well is not for its lookahead.
        ...['-g', String(gopFrames), '-svtav1-params', 'scd=0:irefresh-type=2:lp=1'],
      ];
    case 'vp9':
      return [
        ...[...encoder, '-deadline', 'good', '-cpu-used', preset],
        ...['-profile:v', bitDepth === 10 ? '2' : '0'],
        // To this encoder a bitrate beside a quality is its ceiling.
        ...[...quality, '-b:v', `${maxBitrateKbps}k`, ...capped(rendition)],
        ...onGrid(rendition),
      ];
  }
}
