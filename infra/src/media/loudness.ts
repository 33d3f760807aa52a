import { type Gain, limitDb } from './audio-args.ts';

/** As ITU-R BS.1770 and EBU R 128 measure it. */
export interface Loudness {
  integratedLufs: number;
  truePeakDb: number;
}

/** The gate of the measure: nothing above it was heard. */
const silenceLufs = -70;
/** More would only lift the noise of a recording in which hardly anything is to be heard. */
const largestGainDb = 24;

const lastNumber = (lines: readonly string[], pattern: RegExp): number | null => {
  const found = lines.map((line) => pattern.exec(line)?.[1]).findLast((number) => number !== undefined);
  return found === undefined ? null : found === '-inf' ? Number.NEGATIVE_INFINITY : Number(found);
};

/** From the summary with which ffmpeg's ebur128 filter ends; null where it is missing. */
export function readLoudness(stderr: readonly string[]): Loudness | null {
  const summary = stderr.slice(stderr.findLastIndex((line) => /\bSummary:/.test(line)) + 1);
  const integratedLufs = lastNumber(summary, /^\s*(?:\[.*\] )?\s*I:\s+(-?[\d.]+|-inf) LUFS/);
  const truePeakDb = lastNumber(summary, /^\s*(?:\[.*\] )?\s*Peak:\s+(-?[\d.]+|-inf) dBFS/);
  return integratedLufs === null || truePeakDb === null ? null : { integratedLufs, truePeakDb };
}

/** One gain for the whole track: what is loud stays louder than what is soft. Silence stays silence. */
export function planGain({ integratedLufs, truePeakDb }: Loudness, targetLufs: number): Gain {
  if (integratedLufs <= silenceLufs) return { db: 0, needsLimiter: false };
  const db = Math.min(largestGainDb, targetLufs - integratedLufs);
  return { db, needsLimiter: truePeakDb + db > limitDb };
}
