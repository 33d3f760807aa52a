/** An encode, measured. */
export interface Measured {
  kilobitsPerSecond: number;
  /** VMAF of every picture, in order. */
  scores: readonly number[];
}

export const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Chunked minus unchunked in the pictures around each joint; negative where the joint can be seen. */
export function jointDifferences(
  chunked: readonly number[],
  unchunked: readonly number[],
  { joints, windowFrames }: { joints: readonly number[]; windowFrames: number },
): number[] {
  return joints.map((joint) => {
    const [from, to] = [Math.max(0, joint - windowFrames), joint + windowFrames];
    return meanOf(chunked.slice(from, to)) - meanOf(unchunked.slice(from, to));
  });
}

/**
 * What an unchunked encode of so many bits would have scored, picture by picture: between the two measured ones beside it, or beyond the
 * last two, evenly over the logarithm of the bitrate.
 */
export function scoresAtBitrate(measured: readonly Measured[], kilobitsPerSecond: number): number[] {
  const byRate = measured.toSorted((a, b) => a.kilobitsPerSecond - b.kilobitsPerSecond);
  const above = Math.min(
    Math.max(
      1,
      byRate.findIndex((each) => each.kilobitsPerSecond >= kilobitsPerSecond),
    ),
    byRate.length - 1,
  );
  const index = kilobitsPerSecond > (byRate.at(-1)?.kilobitsPerSecond ?? 0) ? byRate.length - 1 : above;
  const [low, high] = [byRate[index - 1], byRate[index]];
  if (low === undefined || high === undefined) throw new Error('two measured encodes are needed');
  const share = Math.log(kilobitsPerSecond / low.kilobitsPerSecond) / Math.log(high.kilobitsPerSecond / low.kilobitsPerSecond);
  return low.scores.map((score, frame) => score + share * ((high.scores[frame] ?? score) - score));
}
