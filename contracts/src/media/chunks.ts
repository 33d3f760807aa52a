import { countFrames, secondsOfFrames } from './frame-grid.ts';
import type { Chunk, VideoRendition } from './plan.ts';
import type { SourceWithVideo } from './source.ts';

/** About so long: an encoder's start costs nothing beside it, and a crash costs no more than this. */
const chunkSeconds = 30;
/** Shorter chunks would begin their rate control anew too often. */
const leastSegments = 2;
/** A job of a whole day must not flood the queue: above some hours chunks are longer. */
const mostChunks = 480;

/** Containers with an index of their pictures. In the others a seek lands somewhere near. */
const exactSeek = new Set(['mov', 'matroska']);

/** Whether every picture of any stretch can be found without decoding what lies before it. */
const canBeCut = ({ container }: SourceWithVideo): boolean => exactSeek.has(container.split(',')[0] ?? '');

/** What was free when the job was planned. */
export interface Capacity {
  /** Tasks that the encode pool could begin at once. */
  idleSlots: number;
}

/** As many chunks as their usual length asks for, and more where slots would stay idle: then all are busy in every round. */
function countChunks(seconds: number, segments: number, { idleSlots }: Capacity): number {
  const byLength = Math.max(1, Math.round(seconds / chunkSeconds));
  const rounds = Math.ceil(byLength / Math.max(1, idleSlots));
  const most = Math.max(1, Math.min(mostChunks, Math.floor(segments / leastSegments)));
  return Math.min(Math.max(byLength, rounds * idleSlots), most);
}

/** Cuts a video into runs of whole segments, as even in length as whole segments allow. They cover every frame once, in order. */
export function planChunks(
  source: SourceWithVideo,
  { frameRate, segmentFrames }: Pick<VideoRendition, 'frameRate' | 'segmentFrames'>,
  capacity: Capacity,
): Chunk[] {
  const frames = countFrames(source.durationSeconds, frameRate);
  const segments = Math.ceil(frames / segmentFrames);
  const count = canBeCut(source) ? countChunks(secondsOfFrames(frames, frameRate), segments, capacity) : 1;
  const startOf = (index: number): number => Math.round((index * segments) / count) * segmentFrames;
  return Array.from({ length: count }, (_, index) => ({
    index,
    count,
    startFrame: startOf(index),
    frameCount: index === count - 1 ? null : startOf(index + 1) - startOf(index),
  }));
}
