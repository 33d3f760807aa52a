import { table } from '../bench/format-report.ts';
import { limitBytes, type MemoryUse, megabyte } from './judge-memory.ts';

export interface MemoryReport {
  date: string;
  machine: string;
  jobs: number;
  seconds: number;
  uses: readonly MemoryUse[];
  /** The largest ffmpeg of a job of 2160p, and what its slot may take. */
  ffmpeg: { peakBytes: number; slotBytes: number };
}

const inMegabytes = (bytes: number): string => (bytes / megabyte).toFixed(0);

/** Markdown, for the terminal and for docs/memory.md alike. */
export function formatMemory({ date, machine, jobs, seconds, uses, ffmpeg }: MemoryReport): string {
  const faults = uses.flatMap((use) => use.faults);
  return [
    `Measured ${date} on ${machine}: ${jobs} jobs in ${Math.round(seconds)} s. What each process itself has in memory, in MB; medians of the quarters of the run.`,
    '',
    table(
      ['process', 'first quarter', 'second', 'third', 'last', 'most'],
      uses.map(({ name, quarters, maxBytes }) => [name, ...quarters.map(inMegabytes), inMegabytes(maxBytes)]),
    ),
    '',
    faults.length === 0
      ? `None is above ${inMegabytes(limitBytes)} MB, and none grows.`
      : faults.map((fault) => `- ${fault}`).join('\n'),
    '',
    `The largest ffmpeg of a job of 2160p had ${inMegabytes(ffmpeg.peakBytes)} MB; its slot may take ${inMegabytes(ffmpeg.slotBytes)} MB.`,
  ].join('\n');
}
