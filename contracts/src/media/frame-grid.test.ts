import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countFrames, framesPerSecond, outputFrameRate, planFrameGrid, secondsOfFrames } from './frame-grid.ts';
import type { Rational } from './source.ts';

const rational = (numerator: number, denominator = 1): Rational => ({ numerator, denominator });
const rates = [
  ...[5, 12, 24, 25, 30, 48, 50, 60, 100, 120, 240].map((fps) => rational(fps)),
  ...[24, 30, 60, 120].map((fps) => rational(fps * 1000, 1001)),
];
const anyRate = fc.constantFrom(...rates);
const hours = 10;
const anyFrame = fc.integer({ min: 1, max: hours * 3600 * 60 });

/** What a program is told in, and ffmpeg's clock counts in. */
const microseconds = (seconds: number): number => Number(seconds.toFixed(6));

describe('over ten hours', () => {
  it('every length in whole frames is those frames again', () => {
    fc.assert(
      fc.property(anyRate, anyFrame, (frameRate, frames) => {
        const rate = outputFrameRate({ frameRate, variableFrameRate: false });
        expect(countFrames(secondsOfFrames(frames, rate), rate)).toBe(frames);
      }),
    );
  });

  it('every segment begins less than a hundredth of a frame beside its place, as programs are told it', () => {
    fc.assert(
      fc.property(anyRate, anyFrame, (frameRate, frame) => {
        const { frameRate: rate, segmentFrames } = planFrameGrid({ frameRate, variableFrameRate: false }, hours * 3600);
        const segment = Math.floor(frame / segmentFrames);
        const told = microseconds(secondsOfFrames(segment * segmentFrames, rate));
        const exact = Number((BigInt(segment * segmentFrames) * BigInt(rate.denominator) * 10n ** 9n) / BigInt(rate.numerator));
        expect(Math.abs(told * 1e9 - exact) * framesPerSecond(rate)).toBeLessThan(1e7);
      }),
    );
  });

  it('a picture of the source falls on the same frame of the output, however the rate was divided or multiplied', () => {
    fc.assert(
      fc.property(anyRate, anyFrame, (frameRate, frame) => {
        const rate = outputFrameRate({ frameRate, variableFrameRate: false });
        const factor = framesPerSecond(rate) / framesPerSecond(frameRate);
        expect(Math.abs(secondsOfFrames(frame, frameRate) * framesPerSecond(rate) - frame * factor)).toBeLessThan(1e-3);
      }),
    );
  });
});
