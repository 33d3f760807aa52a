import type { Cost } from './measured-run.ts';
import type { PlatformRun } from './platform-job.ts';
import type { FormName } from './raw-args.ts';
import type { RawRun } from './raw-ffmpeg.ts';
import { assertSameLength, assertSameWork } from './same-work.ts';
import type { ShakaRun } from './shaka-streamer.ts';
import { medianByName, medianOf, type Spread, spreadOf } from './statistics.ts';
import type { Track } from './track.ts';

export interface Round {
  platform: PlatformRun;
  raw: Record<FormName, RawRun>;
  shaka: ShakaRun;
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
  /** What it is compared with: of the forms of the command the one that was best at this. */
  peer: string;
  costs: Spread;
  /** Of rounds side by side, so that a busy minute weighs on both. */
  ratio: Spread;
}

export interface Report extends Facts {
  rounds: number;
  wall: Comparison;
  cpu: Comparison;
  shakaWall: Comparison;
  shakaCpu: Comparison;
  forms: Record<FormName, { wall: Spread; cpu: Spread }>;
  servers: Record<string, number>;
  stages: Record<string, number>;
  cpuRows: Record<string, number>;
  outputs: { platform: Track[]; ffmpeg: Track[]; shaka: Track[] };
  thumbnails: number;
}

/** What the project holds itself to: the whole platform may cost so much more than the bare command. */
export const targetRatio = 1.05;
/** And less than what a user would pick instead. */
export const shakaTargetRatio = 1;

type Pick = (run: Cost) => number;

function compareWith(rounds: readonly Round[], peer: string, runOf: (round: Round) => Cost, pick: Pick): Comparison {
  return {
    platform: spreadOf(rounds.map(({ platform }) => pick(platform))),
    peer,
    costs: spreadOf(rounds.map((round) => pick(runOf(round)))),
    ratio: spreadOf(rounds.map((round) => pick(round.platform) / pick(runOf(round)))),
  };
}

function bestForm(rounds: readonly Round[], forms: readonly FormName[], pick: Pick): FormName {
  const of = (form: FormName): number[] => rounds.map(({ raw }) => pick(raw[form]));
  const [form] = forms.toSorted((a, b) => medianOf(of(a)) - medianOf(of(b)));
  if (form === undefined) throw new Error('no form of the command');
  return form;
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
  for (const { platform, shaka } of rounds) assertSameLength(platform, shaka);
  const byForm = (pick: Pick): Comparison => {
    const form = bestForm(rounds, forms, pick);
    return compareWith(rounds, `ffmpeg, ${form}`, ({ raw }) => raw[form], pick);
  };
  const byShaka = (pick: Pick): Comparison => compareWith(rounds, 'Shaka Streamer', ({ shaka }) => shaka, pick);
  return {
    ...facts,
    rounds: rounds.length,
    wall: byForm(wallOf),
    cpu: byForm(cpuOf),
    shakaWall: byShaka(wallOf),
    shakaCpu: byShaka(cpuOf),
    forms: Object.fromEntries(forms.map((form) => [form, spreads(form)])) as Report['forms'],
    servers: medianByName(rounds.map(({ platform }) => platform.servers)),
    stages: medianByName(
      rounds.map(({ platform }) => Object.fromEntries(platform.stages.map(({ name, seconds }) => [name, seconds]))),
    ),
    cpuRows: medianByName(rounds.map(({ platform }) => platform.cpu)),
    outputs: {
      platform: first.platform.tracks,
      ffmpeg: first.raw[bestForm(rounds, forms, wallOf)].tracks,
      shaka: first.shaka.tracks,
    },
    thumbnails: first.platform.thumbnails,
  };
}
