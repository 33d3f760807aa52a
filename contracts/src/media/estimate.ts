import type { DescribedSource, Estimate } from '../api/estimate.ts';
import { predictCpuSeconds } from './cost.ts';
import type { JobPlan, Rendition } from './plan.ts';
import { planTasks } from './plan-job.ts';
import type { SourceInfo } from './source.ts';

/** What tasks of the pools beside encode are planned with. */
export const cpuSecondsAround = { probe: 1, package: 2 } as const;

/** Of a JPEG at its usual quality. */
const bytesPerPixel = 0.25;
/** Of subtitles: many are less. */
const textKbps = 1;

/** The encode pool as a further job of a tenant finds it. */
export interface QueueLoad {
  /** That work of the tenant may take. */
  slots: number;
  /** Work that runs, and that is claimed before. */
  cpuSecondsAhead: number;
}

const bytesOfKbps = (kbps: number, seconds: number): number => (kbps * 1000 * seconds) / 8;

function maxBytesOf(rendition: Rendition, { durationSeconds }: SourceInfo): number {
  switch (rendition.kind) {
    case 'video':
      return bytesOfKbps(rendition.maxBitrateKbps, durationSeconds);
    case 'audio':
      return bytesOfKbps(rendition.bitrateKbps, durationSeconds);
    case 'text':
      return bytesOfKbps(textKbps, durationSeconds);
    case 'images':
      return rendition.positions.length * rendition.width * rendition.height * bytesPerPixel;
  }
}

const sizeOf = (rendition: Rendition): { width: number | null; height: number | null } =>
  'width' in rendition ? { width: rendition.width, height: rendition.height } : { width: null, height: null };

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** How long work of these tasks takes on so many slots: no shorter than the longest, nor than all of them side by side. */
const secondsOnSlots = (tasks: readonly number[], slots: number): number => Math.max(0, ...tasks, sum(tasks) / slots);

/** What a plan costs and how long it takes, roughly: by the costs of the fair queue and ceilings of the rungs. Pure. */
export function estimatePlan(plan: JobPlan, { slots, cpuSecondsAhead }: QueueLoad): Estimate {
  const { source, profile } = plan;
  // One decode for all rungs: what is divided further is divided to be faster.
  const tasks = planTasks(plan).map(({ spec }) => predictCpuSeconds(spec, source));
  const renditions = plan.renditions.map((rendition) => ({
    ...{ name: rendition.name, kind: rendition.kind, ...sizeOf(rendition) },
    maxBytes: Math.ceil(maxBytesOf(rendition, source)),
  }));
  const around = cpuSecondsAround.probe + cpuSecondsAround.package;
  const wait = cpuSecondsAhead / slots;
  const work = around + secondsOnSlots(tasks, slots);
  return {
    profile: { name: profile.name, version: profile.version },
    renditions,
    tasks: tasks.length + 2,
    cpuSeconds: around + sum(tasks),
    maxOutputBytes: sum(renditions.map(({ maxBytes }) => maxBytes)),
    queue: { slots, cpuSecondsAhead },
    seconds: slots === 0 ? null : { wait, work, total: wait + work },
  };
}

/** A described source as a probe would have found it, were it as most are. */
export const toSourceInfo = ({ durationSeconds, video, audio }: DescribedSource): SourceInfo => ({
  container: 'mov,mp4,m4a,3gp,3g2,mj2',
  sizeBytes: 0,
  durationSeconds,
  video: video && {
    ...{ codec: 'h264', width: video.width, height: video.height, rotation: 0, variableFrameRate: false },
    frameRate: { numerator: Math.max(1, Math.round(video.frameRate * 1000)), denominator: 1000 },
    ...{ pixelFormat: 'yuv420p', fieldOrder: 'progressive' },
    colour: { transfer: 'sdr', primaries: null, matrix: null, range: 'limited', bitDepth: 8 },
  },
  audio: audio.map(({ channels }, index) => ({
    ...{ index, codec: 'aac', channels, layout: null, sampleRate: 48_000, language: null, title: null, isDefault: index === 0 },
  })),
  text: [],
  chapters: [],
});
