import { framesPerSecond } from './frame-grid.ts';
import type { TaskSpec } from './plan.ts';
import type { SourceInfo } from './source.ts';

/** Pixels that one core decodes, scales and encodes in a second at the default preset; measured on x264 veryfast. */
const pixelsPerCpuSecond = 60_000_000;

/** CPU-seconds a task will take, roughly: for fair order and scaling, never for a decision about one video. */
export function predictCpuSeconds(spec: TaskSpec, { durationSeconds, video }: SourceInfo): number {
  switch (spec.kind) {
    case 'video': {
      const decoded = video === null ? 0 : video.width * video.height * framesPerSecond(video.frameRate) * 0.2;
      const encoded = spec.renditions.reduce(
        (sum, { width, height, frameRate }) => sum + width * height * framesPerSecond(frameRate),
        0,
      );
      const share = 1 / spec.chunk.count;
      return Math.max(0.5, (durationSeconds * share * (decoded + encoded)) / pixelsPerCpuSecond);
    }
    case 'audio':
      return Math.max(0.2, durationSeconds / 100);
    default:
      return 1;
  }
}
