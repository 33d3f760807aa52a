import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainSource } from '../testkit/index.ts';
import { planChunks } from './chunks.ts';
import { countFrames, secondsOfFrames } from './frame-grid.ts';
import type { Chunk, VideoRendition } from './plan.ts';
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
const lengths = fc.double({ min: 0.04, max: 90_000, noNaN: true });
const capacities = fc.record({ idleSlots: fc.nat(600) });
const busy = { idleSlots: 0 };

const segmentsOf = (chunks: Chunk[], frames: number, { segmentFrames }: VideoRendition): number[] =>
  chunks.map(({ startFrame, frameCount }) => Math.ceil((frameCount ?? frames - startFrame) / segmentFrames));

test('chunks cover every frame once, in order, on the borders of segments', () => {
  fc.assert(
    fc.property(lengths, rates, capacities, (durationSeconds, fps, capacity) => {
      const { source, rung } = sourceOf(durationSeconds, fps);
      const frames = countFrames(durationSeconds, rung.frameRate);
      const chunks = planChunks(source, rung, capacity);
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
    fc.property(fc.double({ min: 60, max: 14_400, noNaN: true }), rates, (durationSeconds, fps) => {
      const { source, rung } = sourceOf(durationSeconds, fps);
      const frames = countFrames(durationSeconds, rung.frameRate);
      for (const { startFrame, frameCount } of planChunks(source, rung, busy)) {
        const seconds = secondsOfFrames(frameCount ?? frames - startFrame, rung.frameRate);
        expect(seconds).toBeGreaterThan(15);
        expect(seconds).toBeLessThan(50);
      }
    }),
  );
});

test('idle slots make chunks shorter, never below two segments, and busy in whole rounds', () => {
  fc.assert(
    fc.property(lengths, rates, capacities, (durationSeconds, fps, capacity) => {
      const { source, rung } = sourceOf(durationSeconds, fps);
      const frames = countFrames(durationSeconds, rung.frameRate);
      const chunks = planChunks(source, rung, capacity);
      const segments = segmentsOf(chunks, frames, rung);
      const usual = planChunks(source, rung, busy).length;
      expect(chunks.length).toBeGreaterThanOrEqual(usual);
      expect(chunks.length).toBeLessThan(usual + Math.max(1, capacity.idleSlots));
      if (chunks.length > 1) expect(Math.min(...segments)).toBeGreaterThanOrEqual(2);
      expect(Math.max(...segments) - Math.min(...segments)).toBeLessThanOrEqual(1);
      const isBounded = chunks.length === 480 || Math.min(...segments) < 4;
      if (capacity.idleSlots > 0 && !isBounded) expect(chunks.length % capacity.idleSlots).toBe(0);
    }),
  );
});

test('however long a video is, it comes to 480 chunks at the most', () => {
  fc.assert(
    fc.property(lengths, rates, capacities, (durationSeconds, fps, capacity) => {
      const { source, rung } = sourceOf(durationSeconds, fps);
      expect(planChunks(source, rung, capacity).length).toBeLessThanOrEqual(480);
    }),
  );
  const { source, rung } = sourceOf(86_400, [25, 1]);
  expect(planChunks(source, rung, busy)).toHaveLength(480);
});

test('a minute is two chunks when nothing is idle, and four of fifteen seconds for four idle slots', () => {
  const { source, rung } = sourceOf(60, [25, 1]);
  const startsFor = (idleSlots: number): number[] => planChunks(source, rung, { idleSlots }).map(({ startFrame }) => startFrame);
  expect(startsFor(0)).toEqual([0, 750]);
  expect(startsFor(4)).toEqual([0, 450, 750, 1200]);
});

test('what cannot be sought exactly stays in one piece', () => {
  for (const { source, rung } of [sourceOf(600, [25, 1], {}, 'mpegts'), sourceOf(20, [25, 1])])
    expect(planChunks(source, rung, busy)).toEqual([{ index: 0, count: 1, startFrame: 0, frameCount: null }]);
  const { source, rung } = sourceOf(600, [25, 1], {}, 'matroska,webm');
  expect(planChunks(source, rung, busy)).toHaveLength(20);
});
