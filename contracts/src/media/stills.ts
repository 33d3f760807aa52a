import { countFrames, framesPerSecond } from './frame-grid.ts';
import type { ImagesRendition, JobPlan, Rendition, VideoRendition } from './plan.ts';

/** Of workers that take the stills when they package: those of an earlier version found them made. */
export const stillsCapability = 'stills';

/** What tasks of their own make before the package: all but the stills. */
export const encodedRenditions = ({ renditions }: Pick<JobPlan, 'renditions'>): Rendition[] =>
  renditions.filter(({ kind }) => kind !== 'images');

/** Which rung the stills of a package are taken from, and which of its frames, in the order of their positions. */
export interface StillsPlan {
  rung: VideoRendition;
  positions: readonly number[];
  frames: number[];
  width: number;
  height: number;
}

type Size = Pick<VideoRendition, 'width' | 'height'>;

const areaOf = ({ width, height }: Size): number => width * height;
const holds = (rung: Size, still: Size): boolean => rung.width >= still.width && rung.height >= still.height;

/** The smallest rung that holds a still, else the largest there is; of one size the codec that the profile names first. */
function rungFor(still: Size, rungs: readonly VideoRendition[]): VideoRendition | undefined {
  const bySize = rungs.toSorted((a, b) => areaOf(a) - areaOf(b));
  return bySize.find((rung) => holds(rung, still)) ?? rungs.toSorted((a, b) => areaOf(b) - areaOf(a))[0];
}

/** What a sum of seconds may be beside half a frame. */
const hair = 1e-6;

/** The frame of a rung that is shown at a position, 0 to 1: the nearest one, and at the end the last. */
export function frameAt(position: number, durationSeconds: number, { frameRate }: Pick<VideoRendition, 'frameRate'>): number {
  const nearest = Math.ceil(position * durationSeconds * framesPerSecond(frameRate) - 0.5 - hair);
  return Math.max(0, Math.min(nearest, countFrames(durationSeconds, frameRate) - 1));
}

/**
 * The stills of a plan, from a rung that is made anyway: decoding it costs next to nothing, and its pictures are upright, whole and in ordinary
 * colours. Never larger than the rung; null where the plan has none.
 */
export function planStills({ source, renditions }: Pick<JobPlan, 'source' | 'renditions'>): StillsPlan | null {
  const images = renditions.find((rendition): rendition is ImagesRendition => rendition.kind === 'images');
  const rungs = renditions.filter((rendition): rendition is VideoRendition => rendition.kind === 'video');
  const rung = images && rungFor(images, rungs);
  if (images === undefined || rung === undefined) return null;
  const { width, height } = holds(rung, images) ? images : rung;
  const frames = images.positions.map((position) => frameAt(position, source.durationSeconds, rung));
  return { rung, positions: images.positions, frames, width, height };
}
