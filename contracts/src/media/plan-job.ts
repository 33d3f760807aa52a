import { defaultProfile } from './built-in-profiles.ts';
import { planChunks } from './chunks.ts';
import { encodersRequired } from './codecs.ts';
import { planFrameGrid } from './frame-grid.ts';
import { planLadder, scaleToShortSide } from './ladder.ts';
import type { AudioRendition, GivenUpRendition, ImagesRendition, JobPlan, TaskSpec, VideoRendition } from './plan.ts';
import type { NamedProfile } from './profile.ts';
import { hasVideo, type SourceInfo, type SourceWithVideo } from './source.ts';

const thumbnailPositions = [0, 0.25, 0.5, 0.75, 1];
const thumbnailShortSide = 360;

/** The first track as stereo at 48 kHz: what every player takes. */
function planAudio({ audio }: SourceInfo): AudioRendition[] {
  const [first] = audio;
  if (first === undefined) return [];
  const { index, language } = first;
  return [{ kind: 'audio', name: 'audio', sourceIndex: index, language, channels: 2, sampleRate: 48_000, bitrateKbps: 128 }];
}

const planImages = ({ video }: SourceWithVideo): ImagesRendition => ({
  kind: 'images',
  name: 'images',
  positions: thumbnailPositions,
  ...scaleToShortSide(video, thumbnailShortSide),
});

/** Everything that is to be made of a source. */
export function planJob(source: SourceInfo, named: NamedProfile = defaultProfile): JobPlan {
  const { profile } = named;
  if (!hasVideo(source)) return { profile: named, source, segmentSeconds: profile.segmentSeconds, renditions: planAudio(source) };
  return {
    profile: named,
    source,
    segmentSeconds: planFrameGrid(source.video, profile).segmentSeconds,
    renditions: [...planLadder(source, profile), ...planAudio(source), planImages(source)],
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

/** Renditions that one task makes together: of one codec, for which the source is decoded once, and all required or all optional. */
export function groupRenditions(renditions: readonly VideoRendition[]): { label: string; renditions: VideoRendition[] }[] {
  const labelOf = ({ codec, required }: VideoRendition): string =>
    ['video', ...(codec === 'h264' ? [] : [codec]), ...(required ? [] : ['optional'])].join('-');
  return [...Map.groupBy(renditions, labelOf)].map(([label, group]) => ({ label, renditions: group }));
}

function planVideoTasks(source: SourceInfo, renditions: readonly VideoRendition[]): PlannedTask[] {
  if (!hasVideo(source)) return [];
  return groupRenditions(renditions).flatMap(({ label, renditions: group }) => {
    const [first] = group;
    if (first === undefined) return [];
    const requires = encodersRequired(group.map(({ codec }) => codec));
    return planChunks(source, first).map((chunk) => ({
      name: `${label}-${chunk.index}`,
      spec: { kind: 'video' as const, chunk, renditions: group },
      requires,
    }));
  });
}

/** The work of a plan, before it is packaged. */
export function planTasks({ source, renditions }: JobPlan): PlannedTask[] {
  const tasks = planVideoTasks(
    source,
    renditions.filter((rendition): rendition is VideoRendition => rendition.kind === 'video'),
  );
  for (const rendition of renditions) {
    if (rendition.kind === 'audio') tasks.push({ name: rendition.name, spec: { kind: 'audio', rendition }, requires: [] });
    if (rendition.kind === 'images') tasks.push({ name: rendition.name, spec: { kind: 'images', rendition }, requires: [] });
  }
  return tasks;
}

/** Whether the job can do without what this task makes. */
export const isOptional = (spec: TaskSpec): boolean =>
  spec.kind === 'video' && spec.renditions.every(({ required }) => !required);
