import { medianOf } from '../bench/statistics.ts';

export const megabyte = 1e6;
/** What a worker's own process may have in memory. */
export const limitBytes = 300 * megabyte;
/** How much more it may have in the last quarter of a run than in the second; in the first caches fill. */
const growth = { factor: 1.15, bytes: 20 * megabyte };

/** What one process had in memory over a run. */
export interface MemoryUse {
  name: string;
  /** Medians of the four quarters of the run, in bytes. */
  quarters: number[];
  maxBytes: number;
  /** What is wrong with it; empty when nothing is. */
  faults: string[];
}

const told = (bytes: number): string => `${(bytes / megabyte).toFixed(0)} MB`;

/** Judges samples that were taken evenly over a run, in bytes. Throws where there are too few to have quarters. */
export function judgeMemory(name: string, samples: readonly number[]): MemoryUse {
  if (samples.length < 4) throw new Error(`${name} was seen ${samples.length} times: too short a run`);
  const at = (quarter: number): number => Math.floor((quarter * samples.length) / 4);
  const quarters = [0, 1, 2, 3].map((quarter) => medianOf(samples.slice(at(quarter), at(quarter + 1))));
  const [, second = 0, , last = 0] = quarters;
  const maxBytes = Math.max(...samples);
  const allowed = second * growth.factor + growth.bytes;
  const faults = [
    ...(maxBytes > limitBytes ? [`${name} had ${told(maxBytes)} in memory: more than ${told(limitBytes)}`] : []),
    ...(last > allowed ? [`${name} grew from ${told(second)} to ${told(last)}: more than to ${told(allowed)}`] : []),
  ];
  return { name, quarters, maxBytes, faults };
}
