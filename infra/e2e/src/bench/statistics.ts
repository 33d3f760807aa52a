export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** Of at least one number; the median of an even count is the mean of the middle two. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const low = sorted[Math.floor(middle)];
  const high = sorted[Math.ceil(middle)];
  const [min] = sorted;
  const max = sorted.at(-1);
  if (low === undefined || high === undefined || min === undefined || max === undefined) throw new Error('no values');
  return { median: (low + high) / 2, min, max };
}
