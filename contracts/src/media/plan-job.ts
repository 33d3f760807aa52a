import { type Capacity, planChunks } from './chunks.ts';
import { planFrameGrid, soundSegmentSeconds } from './frame-grid.ts';
import { groupRungs, groupsFor } from './group-rungs.ts';
import { planLadder, scaleToShortSide } from './ladder.ts';
import type { AudioRendition, ImagesRendition, JobPlan, TaskSpec, VideoRendition } from './plan.ts';
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
export function planJob(source: SourceInfo): JobPlan {
  if (!hasVideo(source)) return { source, segmentSeconds: soundSegmentSeconds, renditions: planAudio(source) };
  return {
    source,
    segmentSeconds: planFrameGrid(source.video).segmentSeconds,
    renditions: [...planLadder(source), ...planAudio(source), planImages(source)],
  };
}

/**
 * A task makes one chunk of all rungs, so that each part of the source is decoded once; of some rungs, where slots would stay idle that
 * the job's other tasks do not take.
 */
function planVideoTasks(
  { source, renditions }: Pick<JobPlan, 'renditions'> & { source: SourceWithVideo },
  capacity: Capacity,
): TaskSpec[] {
  const video = renditions.filter((rendition): rendition is VideoRendition => rendition.kind === 'video');
  const [first] = video;
  if (first === undefined) return [];
  const chunks = planChunks(source, first, capacity);
  const groups = groupRungs(video, groupsFor(chunks.length, capacity.idleSlots - (renditions.length - video.length)));
  return chunks.flatMap((chunk) => groups.map((group) => ({ kind: 'video' as const, chunk, renditions: group })));
}

/** The work of a plan, for what is idle. */
export function planTasks({ source, renditions }: JobPlan, capacity: Capacity = { idleSlots: 0 }): TaskSpec[] {
  const specs: TaskSpec[] = hasVideo(source) ? planVideoTasks({ source, renditions }, capacity) : [];
  for (const rendition of renditions) {
    if (rendition.kind === 'audio') specs.push({ kind: 'audio', rendition });
    if (rendition.kind === 'images') specs.push({ kind: 'images', rendition });
  }
  return specs;
}
