import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainSource } from '../testkit/index.ts';
import { planChunks } from './chunks.ts';
import { countFrames, secondsOfFrames } from './frame-grid.ts';
import type { VideoRendition } from './plan.ts';
import { planJob } from './plan-job.ts';
import type { SourceVideo } from './source.ts';

const sourceOf = (
  durationSeconds: number,
  [numerator, denominator]: [number, number],
  changes: Partial<SourceVideo> = {},
  container = 'mov,mp4',
) => {
  const source = plainSource({ container, durationSeconds, video: { frameRate: { numerator, denominator }, ...changes } });
  const rung = planJob(source).renditions.find((rendition): rendition is VideoRendition => rendition.kind === 'video');
  if (rung === undefined) throw new Error('a plan without a rung');
  return { source, rung };
};

const rates = fc.constantFrom<[number, number][]>(
  [24, 1],
  [25, 1],
  [30_000, 1001],
  [24_000, 1001],
  [50, 1],
  [60_000, 1001],
  [7, 2],
  [240, 1],
);
const lengths = fc.double({ min: 0.04, max: 20_000, noNaN: true });

test('chunks cover every frame once, in order, on the borders of segments', () => {
  fc.assert(
    fc.property(lengths, rates, (durationSeconds, fps) => {
      const { source, rung } = sourceOf(durationSeconds, fps);
      const frames = countFrames(durationSeconds, rung.frameRate);
      const chunks = planChunks(source, rung);
      let next = 0;
      for (const [index, chunk] of chunks.entries()) {
        expect(chunk).toMatchObject({ index, count: chunks.length, startFrame: next });
        expect(chunk.startFrame % rung.segmentFrames).toBe(0);
        next += chunk.frameCount ?? frames - chunk.startFrame;
        expect(next).toBeGreaterThan(chunk.startFrame);
      }
      expect(next).toBe(frames);
      expect(chunks.at(-1)?.frameCount).toBeNull();
    }),
  );
});

test('a chunk is about half a minute long, and none a sliver', () => {
  fc.assert(
    fc.property(fc.double({ min: 60, max: 20_000, noNaN: true }), rates, (durationSeconds, fps) => {
      const { source, rung } = sourceOf(durationSeconds, fps);
      const frames = countFrames(durationSeconds, rung.frameRate);
      for (const { startFrame, frameCount } of planChunks(source, rung)) {
        const seconds = secondsOfFrames(frameCount ?? frames - startFrame, rung.frameRate);
        expect(seconds).toBeGreaterThan(15);
        expect(seconds).toBeLessThan(50);
      }
    }),
  );
});

test('what cannot be sought exactly stays in one piece', () => {
  for (const { source, rung } of [
    sourceOf(600, [25, 1], {}, 'mpegts'),
    sourceOf(600, [25, 1], { variableFrameRate: true }),
    sourceOf(20, [25, 1]),
  ])
    expect(planChunks(source, rung)).toEqual([{ index: 0, count: 1, startFrame: 0, frameCount: null }]);
  const { source, rung } = sourceOf(600, [25, 1], {}, 'matroska,webm');
  expect(planChunks(source, rung)).toHaveLength(20);
});
