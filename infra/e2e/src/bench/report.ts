import type { PlatformRun } from './platform-job.ts';
import type { FormName } from './raw-args.ts';
import type { Cost, RawRun } from './raw-ffmpeg.ts';
import { assertSameWork } from './same-work.ts';
import { medianByName, medianOf, type Spread, spreadOf } from './statistics.ts';
import type { Track } from './track.ts';

export interface Round {
  platform: PlatformRun;
  raw: Record<FormName, RawRun>;
}

/** What was found out beside the rounds. */
export interface Facts {
  date: string;
  machine: string;
  ffmpeg: string;
  encoder: string;
  source: string;
  howCounted: string;
  /** CPU seconds a second while there is nothing to do. */
  idle: { platform: number; servers: number };
  /** Processes that wanted a core in the minute before each round: ours and others'. */
  loads: number[];
}

export interface Comparison {
  platform: Spread;
  /** The form of the command that was best at this. */
  form: FormName;
  ffmpeg: Spread;
  /** Of rounds side by side, so that a busy minute weighs on both. */
  ratio: Spread;
}

export interface Report extends Facts {
  rounds: number;
  wall: Comparison;
  cpu: Comparison;
  forms: Record<FormName, { wall: Spread; cpu: Spread }>;
  servers: Record<string, number>;
  stages: Record<string, number>;
  cpuRows: Record<string, number>;
  outputs: { platform: Track[]; ffmpeg: Track[] };
  thumbnails: number;
}

/** What the project holds itself to: the whole platform may cost so much more than the bare command. */
export const targetRatio = 1.05;

function compare(rounds: readonly Round[], forms: readonly FormName[], pick: (run: Cost) => number): Comparison {
  const of = (form: FormName): number[] => rounds.map(({ raw }) => pick(raw[form]));
  const [form] = forms.toSorted((a, b) => medianOf(of(a)) - medianOf(of(b)));
  if (form === undefined) throw new Error('no form of the command');
  return {
    platform: spreadOf(rounds.map(({ platform }) => pick(platform))),
    form,
    ffmpeg: spreadOf(of(form)),
    ratio: spreadOf(rounds.map(({ platform, raw }) => pick(platform) / pick(raw[form]))),
  };
}

/** Throws where the two sides did not do the same work. */
export function summarise(rounds: readonly Round[], facts: Facts): Report {
  const [first] = rounds;
  if (first === undefined) throw new Error('no rounds');
  const forms = Object.keys(first.raw) as FormName[];
  for (const { platform, raw } of rounds) for (const form of forms) assertSameWork(platform, raw[form]);
  const wallOf = ({ wallSeconds }: Cost): number => wallSeconds;
  const cpuOf = ({ cpuSeconds }: Cost): number => cpuSeconds;
  const spreads = (form: FormName) => ({
    wall: spreadOf(rounds.map(({ raw }) => wallOf(raw[form]))),
    cpu: spreadOf(rounds.map(({ raw }) => cpuOf(raw[form]))),
  });
  const wall = compare(rounds, forms, wallOf);
  return {
    ...facts,
    rounds: rounds.length,
    wall,
    cpu: compare(rounds, forms, cpuOf),
    forms: Object.fromEntries(forms.map((form) => [form, spreads(form)])) as Report['forms'],
    servers: medianByName(rounds.map(({ platform }) => platform.servers)),
    stages: medianByName(
      rounds.map(({ platform }) => Object.fromEntries(platform.stages.map(({ name, seconds }) => [name, seconds]))),
    ),
    cpuRows: medianByName(rounds.map(({ platform }) => platform.cpu)),
    outputs: { platform: first.platform.tracks, ffmpeg: first.raw[wall.form].tracks },
    thumbnails: first.platform.thumbnails,
  };
}
