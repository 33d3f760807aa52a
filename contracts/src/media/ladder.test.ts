import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainSource } from '../testkit/index.ts';
import { bitrateCeilingKbps, planLadder } from './ladder.ts';

const video = (width: number, height: number) => plainSource({ video: { width, height } });

const sizes = (width: number, height: number) =>
  planLadder(video(width, height)).map((rung) => `${rung.name} ${rung.width}x${rung.height} ${rung.maxBitrateKbps}`);

const side = fc.integer({ min: 32, max: 8192 });
const anySource = fc
  .record({
    width: side,
    height: side,
    numerator: fc.integer({ min: 1, max: 240_000 }),
    denominator: fc.integer({ min: 1, max: 1001 }),
    variableFrameRate: fc.boolean(),
  })
  .map(({ width, height, numerator, denominator, variableFrameRate }) => {
    const source = video(width, height);
    return { video: { ...source.video, frameRate: { numerator, denominator }, variableFrameRate } };
  });

describe('the ladder', () => {
  it('of a full HD source has three rungs', () => {
    expect(sizes(1920, 1080)).toEqual(['1080p 1920x1080 5000', '720p 1280x720 2800', '480p 854x480 1400']);
  });

  it('of a portrait source is portrait', () => {
    expect(sizes(1080, 1920)).toEqual(['1080p 1080x1920 5000', '720p 720x1280 2800', '480p 480x854 1400']);
  });

  it('of a square source is square', () => {
    expect(sizes(720, 720)).toEqual(['720p 720x720 2800', '480p 480x480 1400']);
  });

  it('of a small source has one rung of the size of the source', () => {
    expect(sizes(640, 360)).toEqual(['360p 640x360 800']);
    expect(sizes(321, 241)).toEqual(['240p 320x240 400']);
  });

  it('of a 4K source stops at 1080p', () => {
    expect(sizes(3840, 2160)[0]).toBe('1080p 1920x1080 5000');
  });

  it('never upscales, has at least one rung, even sizes and names that occur once', () => {
    fc.assert(
      fc.property(anySource, (source) => {
        const ladder = planLadder(source);
        expect(ladder.length).toBeGreaterThan(0);
        expect(new Set(ladder.map(({ name }) => name)).size).toBe(ladder.length);
        for (const { width, height } of ladder) {
          expect(width).toBeLessThanOrEqual(source.video.width);
          expect(height).toBeLessThanOrEqual(source.video.height);
          expect([width % 2, height % 2]).toEqual([0, 0]);
          expect(Math.min(width, height)).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('keeps the aspect within two pixels', () => {
    fc.assert(
      fc.property(anySource, (source) => {
        const { width: fullWidth, height: fullHeight } = source.video;
        for (const { width, height } of planLadder(source)) {
          const long = Math.max(width, height);
          const exact = (Math.min(width, height) * Math.max(fullWidth, fullHeight)) / Math.min(fullWidth, fullHeight);
          // An odd source loses one pixel of its short side, which the aspect multiplies on the long one.
          const lostToEvenness = Math.max(fullWidth, fullHeight) / Math.min(fullWidth, fullHeight);
          expect(Math.abs(long - exact)).toBeLessThanOrEqual(2 + lostToEvenness);
        }
      }),
    );
  });

  it('puts whole GOPs of whole frames into segments of about six seconds at a rate players take', () => {
    fc.assert(
      fc.property(anySource, (source) => {
        for (const { frameRate, gopFrames, segmentFrames } of planLadder(source)) {
          const fps = frameRate.numerator / frameRate.denominator;
          expect(fps).toBeLessThanOrEqual(60);
          expect(fps).toBeGreaterThanOrEqual(5);
          expect(Number.isInteger(gopFrames)).toBe(true);
          expect(segmentFrames % gopFrames).toBe(0);
          expect(Math.abs(segmentFrames / fps - 6)).toBeLessThanOrEqual(1.5 / fps + 1e-9);
        }
      }),
    );
  });

  it('allows more bits to more pixels', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 1078 }), (short) => {
        expect(bitrateCeilingKbps(short + 1)).toBeGreaterThanOrEqual(bitrateCeilingKbps(short));
      }),
    );
  });
});
