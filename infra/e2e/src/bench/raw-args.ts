import { join } from 'node:path';
import type { AudioRendition, ImagesRendition, JobPlan, Rendition, VideoRendition } from '@streamflix/contracts';

const ofKind = <K extends Rendition['kind']>(renditions: readonly Rendition[], kind: K): Extract<Rendition, { kind: K }>[] =>
  renditions.filter((rendition): rendition is Extract<Rendition, { kind: K }> => rendition.kind === kind);

/** Largest first: the order of the outputs on both sides. */
export const rungsOf = (renditions: readonly Rendition[]): VideoRendition[] =>
  ofKind(renditions, 'video').toSorted((a, b) => b.height - a.height);

export const audiosOf = (renditions: readonly Rendition[]): AudioRendition[] => ofKind(renditions, 'audio');

interface Form {
  encoder: readonly string[];
  /** The filter that brings a picture to this size, and what it is told of its kernel. */
  scale: readonly [filter: string, kernel: string];
}

const swscale: Form['scale'] = ['scale', 'flags=bicubic'];
/** With the kernel of swscale's bicubic. */
const zscale: Form['scale'] = ['zscale', 'f=bicubic:param_a=0:param_b=0.6'];

/**
 * What somebody who tunes ffmpeg might do. Whichever form is the best is the one we are compared with. Swscale with two threads an encoder is left
 * out: zscale takes less.
 */
export const forms = {
  'as it comes': { encoder: [], scale: swscale },
  'scaled by zscale': { encoder: [], scale: zscale },
  'scaled by zscale, two threads an encoder': { encoder: ['-threads', '2'], scale: zscale },
} as const satisfies Record<string, Form>;
export type FormName = keyof typeof forms;
export const formNames = Object.keys(forms) as FormName[];

const x264 = ({ crf, maxBitrateKbps }: VideoRendition, index: number): string[] => [
  ...[`-crf:v:${index}`, String(crf)],
  ...[`-maxrate:v:${index}`, `${maxBitrateKbps}k`, `-bufsize:v:${index}`, `${2 * maxBitrateKbps}k`],
];

/** Frames of the thumbnails; picked from the decode that happens anyway, which costs less than seeking. */
export function thumbnailFrames({ positions }: ImagesRendition, { source }: JobPlan, { frameRate }: VideoRendition): number[] {
  const frames = Math.round((source.durationSeconds * frameRate.numerator) / frameRate.denominator);
  return positions.map((position) => Math.min(frames - 1, Math.floor(position * frames)));
}

export interface RawArgs {
  input: string;
  plan: JobPlan;
  outputDir: string;
  form: FormName;
}

/**
 * What somebody who knows ffmpeg would type for the same outputs: one decode for all rungs, the encoder's settings of the plan, the sound
 * encoded once, CMAF segments with both manifests, thumbnails from the same decode. For a source of a constant frame rate.
 */
export function buildRawArgs({ input, plan, outputDir, form }: RawArgs): string[] {
  const video = rungsOf(plan.renditions);
  const audio = audiosOf(plan.renditions);
  const [images] = ofKind(plan.renditions, 'images');
  const [first] = video;
  if (first === undefined) throw new Error('a job without a rung');
  const branches = video.length + (images === undefined ? 0 : 1);
  const labels = Array.from({ length: branches }, (_, index) => `[s${index}]`).join('');
  const { encoder, scale } = forms[form];
  const scaled = video.map(({ width, height }, index) => {
    // Swscale hands on a picture that has the size, without a copy.
    const [filter, kernel] = width === plan.source.video?.width ? swscale : scale;
    return `[s${index}]${filter}=${width}:${height}:${kernel},setsar=1,format=yuv420p[v${index}]`;
  });
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
    ...['-c:v', 'libx264', '-preset', first.preset, '-profile:v', 'high', ...encoder],
    ...video.flatMap(x264),
    ...['-g', String(first.gopFrames), '-keyint_min', String(first.gopFrames), '-sc_threshold', '0'],
    ...['-force_key_frames', `expr:not(mod(n,${first.gopFrames}))`, '-x264-params', 'open-gop=0'],
    ...audio.flatMap(({ bitrateKbps, channels, sampleRate }, index) => [
      ...[`-c:a:${index}`, 'aac', `-b:a:${index}`, `${bitrateKbps}k`],
      ...[`-ac:a:${index}`, String(channels), `-ar:a:${index}`, String(sampleRate)],
    ]),
    ...['-f', 'dash', '-seg_duration', String(plan.segmentSeconds), '-use_template', '1', '-use_timeline', '1'],
    ...['-hls_playlist', '1'],
    // A set for each: rungs of rounded widths differ by a hair in their aspect, which the muxer refuses within one.
    ...['-adaptation_sets', [...video, ...audio].map((_, index) => `id=${index},streams=${index}`).join(' ')],
    join(outputDir, 'manifest.mpd'),
    ...(images === undefined
      ? []
      : ['-map', '[t]', '-fps_mode', 'passthrough', '-q:v', '3', join(outputDir, 'thumbnail-%d.jpg')]),
  ];
}
