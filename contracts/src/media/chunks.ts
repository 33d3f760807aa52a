import { countFrames, secondsOfFrames } from './frame-grid.ts';
import type { Chunk, VideoRendition } from './plan.ts';
import type { SourceWithVideo } from './source.ts';

/** About so long: an encoder's start costs nothing beside it, and a crash costs no more than this. */
const chunkSeconds = 30;

/** Containers with an index of their pictures. In the others a seek lands somewhere near. */
const exactSeek = new Set(['mov', 'matroska']);

/** Whether every picture of any stretch can be found without decoding what lies before it. */
const canBeCut = ({ container, video }: SourceWithVideo): boolean =>
  exactSeek.has(container.split(',')[0] ?? '') && !video.variableFrameRate;

/** Cuts a video into runs of whole segments, as even in length as whole segments allow. They cover every frame once, in order. */
export function planChunks(source: SourceWithVideo, { frameRate, segmentFrames }: VideoRendition): Chunk[] {
  const frames = countFrames(source.durationSeconds, frameRate);
  const segments = Math.ceil(frames / segmentFrames);
  const wanted = Math.max(1, Math.round(secondsOfFrames(frames, frameRate) / chunkSeconds));
  const count = canBeCut(source) ? Math.min(segments, wanted) : 1;
  const startOf = (index: number): number => Math.round((index * segments) / count) * segmentFrames;
  return Array.from({ length: count }, (_, index) => ({
    index,
    count,
    startFrame: startOf(index),
    frameCount: index === count - 1 ? null : startOf(index + 1) - startOf(index),
  }));
}
