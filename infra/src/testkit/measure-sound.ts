import { spawnSync } from 'node:child_process';

const ffmpeg = (args: string[]): string => {
  const { stderr, status } = spawnSync(process.env.FFMPEG_PATH ?? 'ffmpeg', ['-hide_banner', '-nostats', '-nostdin', ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(stderr);
  return stderr;
};

const numberAfter = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN);

/** Integrated loudness and true peak of a file, by a run of its own. */
export function measureLoudness(path: string): { lufs: number; truePeakDb: number } {
  const log = ffmpeg(['-i', path, '-af', 'ebur128=peak=true', '-f', 'null', '-']).split('Summary:').at(-1) ?? '';
  return { lufs: numberAfter(log, /I:\s+(-?[\d.]+) LUFS/), truePeakDb: numberAfter(log, /Peak:\s+(-?[\d.]+) dBFS/) };
}

/** The root mean square of every channel between two moments, in decibels of full scale. */
export function measureChannels(path: string, from = 0.5, to = 1.5): number[] {
  const filter = `atrim=${from}:${to},astats=measure_overall=none:measure_perchannel=RMS_level`;
  const log = ffmpeg(['-i', path, '-af', filter, '-f', 'null', '-']);
  return [...log.matchAll(/RMS level dB: (-?[\d.]+|-inf)/g)].map(([, level]) => (level === '-inf' ? -200 : Number(level)));
}

/** Writes sound: an expression for each channel, by ffmpeg's aevalsrc, or any other source of its library. */
export const writeSound = (path: string, source: string, ...args: string[]): string => {
  ffmpeg(['-y', '-f', 'lavfi', '-i', source, ...args, path]);
  return path;
};
