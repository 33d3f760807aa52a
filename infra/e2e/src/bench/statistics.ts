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

export const medianOf = (values: readonly number[]): number => spreadOf(values).median;

/** Medians name by name, in the order of the first row that has the name. Where a row lacks one, it counts as zero. */
export function medianByName(rows: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return Object.fromEntries(names.map((name) => [name, medianOf(rows.map((row) => row[name] ?? 0))]));
}
