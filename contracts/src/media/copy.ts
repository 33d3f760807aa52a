import { countFrames, framesPerSecond, secondsOfFrames } from './frame-grid.ts';
import type { VideoRendition } from './plan.ts';
import { hasVideo, type SourceInfo, type SourceWithVideo } from './source.ts';

/** What a coded video stream is, picture by picture, from its packets. */
export interface CodedStream {
  /** As stored: before rotation and sample aspect. */
  width: number;
  height: number;
  hasSquareSamples: boolean;
  /** Whether the parameters of the decoder may change on the way. */
  hasParametersWithin: boolean;
  /** In the order they are shown: when, in seconds from zero; how large; whether it is an IDR picture. */
  pictures: { seconds: number; sizeBytes: number; isIdr: boolean }[];
}

/** How far a time may lie beside the grid. Not even what a container rounds: the packager takes the rate from it that it tells players. */
const roundingSeconds = 1e-6;
/** What a buffer of two seconds lets through in the worst segment. */
const bufferSeconds = 2;

/** Three hours and more; of longer ones every picture would be too much to remember. */
const mostPictures = 500_000;

/** Whether it is worth looking at every picture of a source, for its stream may stand as it is. */
export const mayBeCopied = (source: SourceInfo): boolean =>
  hasVideo(source) && isPlain(source) && countFrames(source.durationSeconds, source.video.frameRate) <= mostPictures;

const isPlain = ({ video }: SourceWithVideo): boolean =>
  video.codec === 'h264' &&
  video.pixelFormat === 'yuv420p' &&
  video.fieldOrder === 'progressive' &&
  video.colour.transfer === 'sdr' &&
  video.colour.range === 'limited' &&
  video.rotation === 0 &&
  !video.variableFrameRate;

const hasSizeOf = (rung: VideoRendition, size: { width: number; height: number }): boolean =>
  size.width === rung.width && size.height === rung.height;

const isOnGrid = ({ pictures }: CodedStream, { frameRate }: VideoRendition): boolean =>
  pictures.every(({ seconds }, index) => Math.abs(seconds - secondsOfFrames(index, frameRate)) <= roundingSeconds);

const hasBoundaries = ({ pictures }: CodedStream, { segmentFrames }: VideoRendition): boolean =>
  pictures.every(({ isIdr }, index) => isIdr || index % segmentFrames !== 0);

/** On average and in each segment. */
function staysUnderCeiling({ pictures }: CodedStream, { segmentFrames, frameRate, maxBitrateKbps }: VideoRendition): boolean {
  const kbpsOf = (some: CodedStream['pictures']): number =>
    (some.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) * 8) / 1000 / secondsOfFrames(some.length, frameRate);
  const segments = Array.from({ length: Math.ceil(pictures.length / segmentFrames) }, (_, index) =>
    pictures.slice(index * segmentFrames, (index + 1) * segmentFrames),
  );
  return (
    kbpsOf(pictures) <= maxBitrateKbps &&
    segments.every((some) => kbpsOf(some) <= maxBitrateKbps * (1 + bufferSeconds / secondsOfFrames(some.length, frameRate)))
  );
}

/**
 * Why a source's stream cannot stand as it is for a rung among encoded ones; null when it can. Every condition is proven or the answer is no: a
 * player switches at each boundary, so the stream needs a picture that can be decoded alone at each of them, and the very frames of the others.
 */
export function copyRefusal(source: SourceWithVideo, rung: VideoRendition, coded: CodedStream): string | null {
  const { video, durationSeconds, startSeconds = 0 } = source;
  const sameRate = framesPerSecond(video.frameRate) === framesPerSecond(rung.frameRate);
  const conditions: [string, boolean][] = [
    ['it is no progressive SDR H.264 of 8 bit 4:2:0 at a constant rate', isPlain(source) && rung.codec === 'h264'],
    ['it has another size', hasSizeOf(rung, video) && hasSizeOf(rung, coded) && coded.hasSquareSamples],
    ['it has another rate', sameRate],
    ['it begins later than its container', startSeconds === 0],
    ['its parameters may change', !coded.hasParametersWithin],
    ['it has not the frames of the others', coded.pictures.length === countFrames(durationSeconds, rung.frameRate)],
    ['its pictures are not on the grid', isOnGrid(coded, rung)],
    ['a segment would not begin with a picture that stands alone', hasBoundaries(coded, rung)],
    ['it has too many bits', staysUnderCeiling(coded, rung)],
  ];
  return conditions.find(([, holds]) => !holds)?.[0] ?? null;
}
