import { planAudio } from './audio-tracks.ts';
import { defaultProfile } from './built-in-profiles.ts';
import { type Capacity, planChunks } from './chunks.ts';
import { encodersRequired } from './codecs.ts';
import { type CodedStream, copyRefusal } from './copy.ts';
import { predictCpuSeconds } from './cost.ts';
import { planFrameGrid, planSoundSegments } from './frame-grid.ts';
import { groupRungs, groupsFor } from './group-rungs.ts';
import { planLadder, scaleToShortSide } from './ladder.ts';
import type { GivenUpRendition, ImagesRendition, JobPlan, TaskSpec, TextRendition, VideoRendition } from './plan.ts';
import type { NamedProfile } from './profile.ts';
import { hasVideo, type SourceInfo, type SourceWithVideo } from './source.ts';
import { planText } from './text-tracks.ts';

const thumbnailPositions = [0, 0.25, 0.5, 0.75, 1];
const thumbnailShortSide = 360;

const planImages = ({ video }: SourceWithVideo): ImagesRendition => ({
  kind: 'images',
  name: 'images',
  positions: thumbnailPositions,
  ...scaleToShortSide(video, thumbnailShortSide),
});

/** The same by the encoder of software. */
export const inSoftware = ({ encoder: _, ...rendition }: VideoRendition): VideoRendition => rendition;

/** The largest rung of H.264 is the source's own stream where that fits and the profile allows it. */
function copyTopRung(source: SourceWithVideo, renditions: VideoRendition[], coded: CodedStream): VideoRendition[] {
  const top = renditions.find(({ codec }) => codec === 'h264');
  if (top === undefined || copyRefusal(source, top, coded) !== null) return renditions;
  return renditions.map((rendition) => (rendition === top ? { ...inSoftware(rendition), copied: true } : rendition));
}

/** Everything that is to be made of a source; `coded` is what a closer look showed, `capabilities` are those of the workers that are there. */
export function planJob(
  source: SourceInfo,
  named: NamedProfile = defaultProfile,
  coded: CodedStream | null = null,
  capabilities: readonly string[] = [],
): JobPlan {
  const { profile } = named;
  const tracks = [...planAudio(source, profile.audio), ...planText(source)];
  const { durationSeconds } = source;
  if (!hasVideo(source))
    return { profile: named, source, segmentSeconds: planSoundSegments(durationSeconds, profile), renditions: tracks };
  const ladder = planLadder(source, profile, capabilities);
  const video = profile.copy && coded !== null ? copyTopRung(source, ladder, coded) : ladder;
  return {
    profile: named,
    source,
    segmentSeconds: planFrameGrid(source.video, durationSeconds, profile).segmentSeconds,
    renditions: [...video, ...tracks, planImages(source)],
  };
}

/** The plan of what was made in the end. */
export const withoutRenditions = (plan: JobPlan, givenUp: GivenUpRendition[]): JobPlan => ({
  ...plan,
  renditions: plan.renditions.filter(({ name }) => !givenUp.some((each) => each.name === name)),
  givenUp,
});

export interface PlannedTask {
  /** Unique in its job. */
  name: string;
  spec: TaskSpec;
  /** Capabilities a worker needs for it. */
  requires: string[];
}

/**
 * Renditions that one task makes together: of one codec, for which the source is decoded once, and all required or all optional. What is
 * copied is a task of its own, for it is never cut.
 */
export function groupRenditions(renditions: readonly VideoRendition[]): { label: string; renditions: VideoRendition[] }[] {
  const labelOf = ({ codec, required, copied }: VideoRendition): string =>
    ['video', ...(copied ? ['copy'] : []), ...(codec === 'h264' ? [] : [codec]), ...(required ? [] : ['optional'])].join('-');
  return [...Map.groupBy(renditions, labelOf)].map(([label, group]) => ({ label, renditions: group }));
}

const uncut = [{ index: 0, count: 1, startFrame: 0, frameCount: null }];

/** Renditions that belong together, in tasks of one chunk each; of some of them only, where slots would stay idle. */
function planGroup(
  source: SourceWithVideo,
  { label, renditions }: ReturnType<typeof groupRenditions>[number],
  { idleSlots, sharedBy }: Capacity & { sharedBy: number },
): PlannedTask[] {
  const [first] = renditions;
  if (first === undefined) return [];
  const requires = encodersRequired(first.copied ? [] : renditions);
  const chunks = first.copied ? uncut : planChunks(source, first, { idleSlots });
  const parts = first.copied ? [renditions] : groupRungs(renditions, groupsFor(chunks.length * sharedBy, idleSlots));
  return chunks.flatMap((chunk) =>
    parts.map((part, index) => ({
      name: [label, ...(parts.length > 1 ? [`part${index}`] : []), chunk.index].join('-'),
      spec: { kind: 'video' as const, chunk, renditions: part },
      requires,
    })),
  );
}

/** What no second core makes shorter: it would be all that is left at the end, with the other cores idle. */
const isSerial = (spec: TaskSpec): boolean => spec.kind !== 'video' || spec.renditions.every(({ copied }) => copied);

/** In the order in which they are begun: first what cannot be spread over cores, then the longest first. */
function inOrder(tasks: readonly PlannedTask[], source: SourceInfo): PlannedTask[] {
  const [serial, spread] = [tasks.filter(({ spec }) => isSerial(spec)), tasks.filter(({ spec }) => !isSerial(spec))];
  const byCost = (some: readonly PlannedTask[]): PlannedTask[] =>
    some.toSorted((a, b) => predictCpuSeconds(b.spec, source) - predictCpuSeconds(a.spec, source));
  return [...byCost(serial), ...byCost(spread)];
}

/**
 * The work of a plan, before it is packaged, for what is idle; in the order in which it is best begun. All subtitles are one task: they take
 * nothing but reading the source from end to end. Stills are taken from a finished rung when it is packaged.
 */
export function planTasks({ source, renditions }: JobPlan, { idleSlots }: Capacity = { idleSlots: 0 }): PlannedTask[] {
  const others = renditions.flatMap((rendition): PlannedTask[] =>
    rendition.kind === 'audio' ? [{ name: rendition.name, spec: { kind: 'audio', rendition }, requires: [] }] : [],
  );
  const text = renditions.filter((rendition): rendition is TextRendition => rendition.kind === 'text');
  if (text.length > 0) others.push({ name: 'text', spec: { kind: 'text', renditions: text }, requires: [] });
  if (!hasVideo(source)) return others;
  const groups = groupRenditions(renditions.filter((rendition): rendition is VideoRendition => rendition.kind === 'video'));
  // Sound and text take a slot each.
  const left = { idleSlots: Math.max(0, idleSlots - others.length), sharedBy: groups.length };
  return inOrder([...others, ...groups.flatMap((group) => planGroup(source, group, left))], source);
}

/** Whether the job can do without what this task makes. */
export const isOptional = (spec: TaskSpec): boolean =>
  spec.kind === 'video' && spec.renditions.every(({ required }) => !required);
