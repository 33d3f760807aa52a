import { lengthWithoutSliver } from './segments.ts';
import type { Rational, SourceVideo } from './source.ts';

/** Rates that displays and editors expect; a source without an even rate of its own is made one of these. */
const standardRates: readonly Rational[] = [
  { numerator: 10, denominator: 1 },
  { numerator: 12, denominator: 1 },
  { numerator: 15, denominator: 1 },
  { numerator: 20, denominator: 1 },
  { numerator: 24000, denominator: 1001 },
  { numerator: 24, denominator: 1 },
  { numerator: 25, denominator: 1 },
  { numerator: 30000, denominator: 1001 },
  { numerator: 30, denominator: 1 },
  { numerator: 48, denominator: 1 },
  { numerator: 50, denominator: 1 },
  { numerator: 60000, denominator: 1001 },
  { numerator: 60, denominator: 1 },
];

const fastest: Rational = { numerator: 60, denominator: 1 };
const lowestFramesPerSecond = 5;
const highestFramesPerSecond = 60;
/** As most profiles have it. */
const usualGrid: GridWishes = { gopSeconds: 2, segmentSeconds: 6 };
/** How far a measured rate may lie from a standard one and still mean it. */
const sameRateTolerance = 0.005;

export const framesPerSecond = ({ numerator, denominator }: Rational): number => numerator / denominator;

/** Exact up to the last division, so that 180 frames of 30000/1001 are 6.006 s and nothing else. */
export const secondsOfFrames = (frames: number, { numerator, denominator }: Rational): number =>
  (frames * denominator) / numerator;

/** Frames of a constant rate that cover a length; never less than one. */
export const countFrames = (durationSeconds: number, rate: Rational): number =>
  Math.max(1, Math.round((durationSeconds * rate.numerator) / rate.denominator));

/** The standard rate a measured one means: the same one within half a percent, else the next above. */
export function snapToStandardRate(measured: Rational): Rational {
  const fps = framesPerSecond(measured);
  const distance = (rate: Rational): number => Math.abs(framesPerSecond(rate) - fps) / fps;
  const near = standardRates
    .filter((rate) => distance(rate) <= sameRateTolerance)
    .toSorted((a, b) => distance(a) - distance(b))
    .at(0);
  return near ?? standardRates.find((rate) => framesPerSecond(rate) >= fps) ?? fastest;
}

/**
 * The constant rate of every rendition: the source's own, or a standard one when the source has none. Rates above 60 are divided and
 * rates below 5 multiplied by a whole number, so that the source's pictures stay on the grid.
 */
export function outputFrameRate({
  frameRate,
  variableFrameRate,
}: Pick<SourceVideo, 'frameRate' | 'variableFrameRate'>): Rational {
  if (variableFrameRate) return snapToStandardRate(frameRate);
  const fps = framesPerSecond(frameRate);
  const divisor = Math.max(1, Math.ceil(fps / highestFramesPerSecond));
  const factor = Math.max(1, Math.ceil(lowestFramesPerSecond / fps));
  return { numerator: frameRate.numerator * factor, denominator: frameRate.denominator * divisor };
}

/** Seconds that a profile asks for; a segment is a multiple of a GOP. */
export interface GridWishes {
  gopSeconds: number;
  segmentSeconds: number;
}

export interface FrameGrid {
  frameRate: Rational;
  gopFrames: number;
  segmentFrames: number;
  segmentSeconds: number;
}

/** Where keyframes and segments lie: about as far apart as wished, always on whole frames, and so that the last segment is no sliver. */
export function planFrameGrid(
  video: Pick<SourceVideo, 'frameRate' | 'variableFrameRate'>,
  durationSeconds: number,
  { gopSeconds, segmentSeconds }: GridWishes = usualGrid,
): FrameGrid {
  const frameRate = outputFrameRate(video);
  const gopsInSegment = Math.round(segmentSeconds / gopSeconds);
  const toSeconds = (gopFrames: number): number => secondsOfFrames(gopFrames * gopsInSegment, frameRate);
  const wished = Math.max(1, Math.round(gopSeconds * framesPerSecond(frameRate)));
  const gopFrames = lengthWithoutSliver({ durationSeconds, length: wished, step: 1, toSeconds });
  return { frameRate, gopFrames, segmentFrames: gopFrames * gopsInSegment, segmentSeconds: toSeconds(gopFrames) };
}

/** Sound has no keyframes: its segments are cut at any of its packets, which are shorter than this. */
const soundStepSeconds = 0.05;

/** How long segments of sound without pictures are. */
export const planSoundSegments = (durationSeconds: number, { segmentSeconds }: Pick<GridWishes, 'segmentSeconds'>): number =>
  lengthWithoutSliver({ durationSeconds, length: segmentSeconds, step: soundStepSeconds, toSeconds: (seconds) => seconds });
