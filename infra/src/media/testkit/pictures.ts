import { execFileSync } from 'node:child_process';
import { testMedia } from './test-media.ts';

/** Pictures as small grey ones, comparable between encodes of different quality. */
export function greyFrames(path: string): Buffer[] {
  const args = ['-v', 'error', '-i', path, '-vf', 'scale=32:18,format=gray', '-f', 'rawvideo', '-'];
  const raw = execFileSync(testMedia.ffmpegPath, args, { maxBuffer: 64 * 1024 * 1024 });
  return Array.from({ length: raw.length / (32 * 18) }, (_, index) => raw.subarray(index * 32 * 18, (index + 1) * 32 * 18));
}

const difference = (a: Buffer, b: Buffer): number =>
  a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? 0)), 0) / a.length;

/** Which of the frames is the most like the picture. */
export const nearestFrame = (picture: Buffer, frames: Buffer[]): number =>
  frames.reduce(
    (best, frame, index) => (difference(frame, picture) < difference(frames[best] ?? frame, picture) ? index : best),
    0,
  );
