/**
 * A shorter last segment makes players stumble: hls.js takes a time within a quarter of a second of a segment's border for either side
 * of it, and asks for the one before again.
 */
export const leastLastSegmentSeconds = 0.5;

/** Segments of one length that cover a time. Sums of whole frames end a hair beside a multiple, which is no segment of its own. */
export const countSegments = (durationSeconds: number, segmentSeconds: number): number =>
  Math.max(1, Math.ceil(durationSeconds / segmentSeconds - 1e-6));

/** What the last of them takes. */
export const lastSegmentSeconds = (durationSeconds: number, segmentSeconds: number): number =>
  durationSeconds - (countSegments(durationSeconds, segmentSeconds) - 1) * segmentSeconds;

/** Whether the last of several segments is too short to be played well. */
export const endsInSliver = (durationSeconds: number, segmentSeconds: number): boolean =>
  countSegments(durationSeconds, segmentSeconds) > 1 &&
  lastSegmentSeconds(durationSeconds, segmentSeconds) < leastLastSegmentSeconds;

/** How far a length may lie from the wished one: with segments of a second, a video just longer than one needs so much. */
const mostChange = 1 / 4;

/** The wished length, and others ever further from it by turns above and below. */
function lengthsAround(wished: number, step: number): number[] {
  const steps = Math.ceil((wished * mostChange) / step);
  const apart = Array.from({ length: steps }, (_, index) => (index + 1) * step);
  return [wished, ...apart.flatMap((by) => [wished + by, wished - by])].filter((length) => length > 0);
}

export interface SegmentWish {
  durationSeconds: number;
  /** In units of the caller; it changes by whole steps. */
  length: number;
  step: number;
  /** What segments of such a length take. */
  toSeconds(length: number): number;
}

/** The length nearest to the wished one whose last segment is no sliver; where each leaves one, the length that leaves the longest. */
export function lengthWithoutSliver({ durationSeconds, length: wished, step, toSeconds }: SegmentWish): number {
  const lengths = lengthsAround(wished, step);
  const restOf = (length: number): number => lastSegmentSeconds(durationSeconds, toSeconds(length));
  return (
    lengths.find((length) => !endsInSliver(durationSeconds, toSeconds(length))) ??
    lengths.toSorted((a, b) => restOf(b) - restOf(a)).at(0) ??
    wished
  );
}
