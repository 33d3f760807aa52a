import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countFrames,
  framesPerSecond,
  outputFrameRate,
  planFrameGrid,
  planSoundSegments,
  secondsOfFrames,
} from './frame-grid.ts';
import { countSegments, endsInSliver, lastSegmentSeconds, leastLastSegmentSeconds } from './segments.ts';
import type { Rational } from './source.ts';

const rational = (numerator: number, denominator = 1): Rational => ({ numerator, denominator });
const anyVideo = fc
  .constantFrom(
    ...[5, 12, 24, 25, 30, 48, 50, 60, 120].map((fps) => rational(fps)),
    ...[24, 30, 60].map((fps) => rational(fps * 1000, 1001)),
  )
  .map((frameRate) => ({ frameRate, variableFrameRate: false }));
const anyWish = fc.constantFrom(
  { gopSeconds: 2, segmentSeconds: 6 },
  { gopSeconds: 2, segmentSeconds: 4 },
  { gopSeconds: 2, segmentSeconds: 2 },
  { gopSeconds: 1, segmentSeconds: 4 },
  { gopSeconds: 3, segmentSeconds: 6 },
  { gopSeconds: 10, segmentSeconds: 10 },
);
/** Half of them end just after a segment as it is wished. */
const lengthsFor = (segmentSeconds: number) =>
  fc.oneof(
    fc.double({ min: 1, max: 86_400, noNaN: true }),
    fc
      .tuple(fc.integer({ min: 1, max: 3600 }), fc.double({ min: 0, max: 0.6, noNaN: true }))
      .map(([count, more]) => count * segmentSeconds + more),
  );
const anyCase = fc
  .tuple(anyVideo, anyWish)
  .chain(([video, wish]) => fc.tuple(fc.constant(video), fc.constant(wish), lengthsFor(wish.segmentSeconds)));

describe('the last segment', () => {
  it('of several is never a sliver, of pictures, of their sound and of sound alone', () => {
    fc.assert(
      fc.property(anyCase, ([video, wish, durationSeconds]) => {
        const { segmentFrames, segmentSeconds, frameRate } = planFrameGrid(video, durationSeconds, wish);
        expect(endsInSliver(durationSeconds, segmentSeconds)).toBe(false);
        const frames = countFrames(durationSeconds, frameRate);
        const rest = frames - (Math.ceil(frames / segmentFrames) - 1) * segmentFrames;
        const halfFrame = secondsOfFrames(1, frameRate) / 2;
        if (frames > segmentFrames)
          expect(secondsOfFrames(rest, frameRate)).toBeGreaterThan(leastLastSegmentSeconds - halfFrame - 1e-6);
        expect(endsInSliver(durationSeconds, planSoundSegments(durationSeconds, wish))).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('moves keyframes by a quarter of their distance at the most, and only where it would be a sliver', () => {
    fc.assert(
      fc.property(anyCase, ([video, wish, durationSeconds]) => {
        const { gopFrames, segmentFrames } = planFrameGrid(video, durationSeconds, wish);
        const rate = outputFrameRate(video);
        const wished = Math.round(wish.gopSeconds * framesPerSecond(rate));
        expect(segmentFrames).toBe((gopFrames * wish.segmentSeconds) / wish.gopSeconds);
        expect(Math.abs(gopFrames - wished)).toBeLessThanOrEqual(Math.ceil(wished / 4));
        const wishedSeconds = secondsOfFrames((wished * wish.segmentSeconds) / wish.gopSeconds, rate);
        expect(gopFrames !== wished).toBe(endsInSliver(durationSeconds, wishedSeconds));
      }),
    );
  });

  it('is told by examples', () => {
    const gopOf = (seconds: number): number =>
      planFrameGrid({ frameRate: rational(25), variableFrameRate: false }, seconds).gopFrames;
    expect([6, 12, 600, 6.5, 5].map(gopOf)).toEqual([50, 50, 50, 50, 50]);
    // All in one segment of 6.12 s; a last one of 0.52 s instead of 0.4 s; one of 4.96 s instead of 0.04 s.
    expect([6.04, 6.4, 60.04].map(gopOf)).toEqual([51, 49, 51]);
    expect(planSoundSegments(6.04, { segmentSeconds: 6 })).toBeCloseTo(6.05);
    expect(planSoundSegments(7, { segmentSeconds: 6 })).toBe(6);
  });

  it('takes what the others leave', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 86_400, noNaN: true }),
        fc.double({ min: 1, max: 20, noNaN: true }),
        (seconds, segment) => {
          const last = lastSegmentSeconds(seconds, segment);
          expect((countSegments(seconds, segment) - 1) * segment + last).toBeCloseTo(seconds);
          expect(last).toBeLessThanOrEqual(segment * (1 + 1e-4));
          expect(last).toBeGreaterThan(0);
        },
      ),
    );
    expect([6.006, 12.012, 12.1].map((seconds) => countSegments(seconds, 6.006))).toEqual([1, 2, 3]);
  });
});
