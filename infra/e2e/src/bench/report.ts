import { cpus } from 'node:os';
import type { PlatformRun, Step } from './platform-job.ts';
import type { RawRun } from './raw-ffmpeg.ts';
import { type Spread, spreadOf } from './statistics.ts';
import type { Track } from './track.ts';

export interface Round {
  platform: PlatformRun;
  raw: RawRun;
}

export interface Report {
  date: string;
  machine: string;
  ffmpeg: string;
  source: string;
  rounds: number;
  wall: { platform: Spread; ffmpeg: Spread; ratio: number };
  cpu: { platform: Spread; ffmpeg: Spread; servers: Spread; ratio: number };
  steps: Step[];
  outputs: { platform: Track[]; ffmpeg: Track[] };
}

/** What the project holds itself to: the whole platform may cost so much more than the bare command. */
export const targetRatio = 1.05;

const medianOf = (values: readonly number[]): number => spreadOf(values).median;

/** Medians of when each step began and ended. */
function medianSteps(rounds: readonly Round[]): Step[] {
  const names = rounds[0]?.platform.steps.map(({ name }) => name) ?? [];
  return names.map((name) => {
    const same = rounds.flatMap(({ platform }) => platform.steps.filter((step) => step.name === name));
    return { name, begin: medianOf(same.map(({ begin }) => begin)), end: medianOf(same.map(({ end }) => end)) };
  });
}

/** Comparing different work would say nothing: the rungs and the number of their frames must be the same. */
export function assertSameWork(rounds: readonly Round[]): void {
  const shape = ({ tracks, thumbnails }: Pick<RawRun, 'tracks' | 'thumbnails'>): string =>
    JSON.stringify([tracks.map(({ name, height, frames }) => [name, height, frames]), thumbnails]);
  for (const { platform, raw } of rounds) {
    if (shape(platform) !== shape(raw)) throw new Error(`not the same outputs: ${shape(platform)} and ${shape(raw)}`);
  }
}

export function summarise(
  rounds: readonly Round[],
  { source, ffmpeg, date }: Pick<Report, 'source' | 'ffmpeg' | 'date'>,
): Report {
  const [first] = rounds;
  if (first === undefined) throw new Error('no rounds');
  assertSameWork(rounds);
  const pair = (pick: (run: PlatformRun | RawRun) => number) => {
    const platform = spreadOf(rounds.map((round) => pick(round.platform)));
    const raw = spreadOf(rounds.map((round) => pick(round.raw)));
    // Of rounds side by side, so that a busy minute weighs on both.
    return { platform, ffmpeg: raw, ratio: medianOf(rounds.map((round) => pick(round.platform) / pick(round.raw))) };
  };
  return {
    date,
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`,
    ffmpeg,
    source,
    rounds: rounds.length,
    wall: pair(({ wallSeconds }) => wallSeconds),
    cpu: { ...pair(({ cpuSeconds }) => cpuSeconds), servers: spreadOf(rounds.map(({ platform }) => platform.serverCpuSeconds)) },
    steps: medianSteps(rounds),
    outputs: { platform: first.platform.tracks, ffmpeg: first.raw.tracks },
  };
}

const fixed = (value: number): string => value.toFixed(2);
const cell = ({ median, min, max }: Spread): string => `${fixed(median)} (${fixed(min)} to ${fixed(max)})`;
const verdict = (ratio: number): string => `**${fixed(ratio)}**`;

/** Markdown, for the terminal and for docs/benchmarks.md alike. */
export function formatReport({ date, machine, ffmpeg, source, rounds, wall, cpu, steps, outputs }: Report): string {
  const bare = new Map(outputs.ffmpeg.map((track) => [track.name, track]));
  return [
    `Measured ${date} on ${machine}, ${ffmpeg}. Source: ${source}. Medians of ${rounds} rounds, lowest and highest in brackets; each`,
    'round runs one job through the whole platform and then the bare command, over the same file.',
    '',
    '| | platform | one ffmpeg command | ratio (target at most 1.05) |',
    '| --- | --- | --- | --- |',
    `| wall, seconds | ${cell(wall.platform)} | ${cell(wall.ffmpeg)} | ${verdict(wall.ratio)} |`,
    `| CPU, seconds | ${cell(cpu.platform)} | ${cell(cpu.ffmpeg)} | ${verdict(cpu.ratio)} |`,
    '',
    `Beside that, Kafka, the registry, PostgreSQL, Redis and the store used ${cell(cpu.servers)} seconds of CPU.`,
    '',
    'Where the time goes, seconds after the job was accepted:',
    '',
    '| task | begins | ends | takes |',
    '| --- | --- | --- | --- |',
    ...steps.map(({ name, begin, end }) => `| ${name} | ${fixed(begin)} | ${fixed(end)} | ${fixed(end - begin)} |`),
    '',
    'The same work on both sides, counted in the segments:',
    '',
    '| rung | frames | bytes, platform | bytes, ffmpeg |',
    '| --- | --- | --- | --- |',
    ...outputs.platform.map(
      ({ name, frames, sizeBytes }) => `| ${name} | ${frames} | ${sizeBytes} | ${bare.get(name)?.sizeBytes ?? 0} |`,
    ),
  ].join('\n');
}
