import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainSource } from '../testkit/index.ts';
import { videoCodecs } from './codecs.ts';
import { ceilingBetween, planLadder } from './ladder.ts';
import { type ProfileDocument, profileSchema, standardRungs } from './profile.ts';

const video = (width: number, height: number) => plainSource({ video: { width, height } });

const sizes = (width: number, height: number, document: ProfileDocument = {}) =>
  planLadder(video(width, height), profileSchema.parse(document)).map(
    (rung) => `${rung.name} ${rung.width}x${rung.height} ${rung.maxBitrateKbps}`,
  );

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
    return { ...source, video: { ...source.video, frameRate: { numerator, denominator }, variableFrameRate } };
  });

describe('the ladder', () => {
  it('has every rung that the source fills', () => {
    expect(sizes(1920, 1080)).toEqual([
      '1080p 1920x1080 5000',
      '720p 1280x720 2800',
      '480p 854x480 1400',
      '360p 640x360 800',
      '240p 426x240 400',
    ]);
    expect(sizes(3840, 2160).slice(0, 3)).toEqual(['2160p 3840x2160 20000', '1440p 2560x1440 10000', '1080p 1920x1080 5000']);
    expect(sizes(7680, 4320)[0]).toBe('2160p 3840x2160 20000');
  });

  it('of a portrait source is portrait', () => {
    expect(sizes(1080, 1920).slice(0, 3)).toEqual(['1080p 1080x1920 5000', '720p 720x1280 2800', '480p 480x854 1400']);
  });

  it('of a square source is square', () => {
    expect(sizes(720, 720).slice(0, 2)).toEqual(['720p 720x720 2800', '480p 480x480 1400']);
  });

  it('of a source that fills no rung has one of the size of the source', () => {
    expect(sizes(321, 201)).toEqual(['200p 320x200 345']);
    expect(sizes(640, 360, { rungs: [{ shortSide: 720, ceilingKbps: 2800 }] })).toEqual(['360p 640x360 1432']);
  });

  it('of a source between two rungs begins with its own size and leaves out what is too near to it', () => {
    expect(sizes(1600, 900).slice(0, 3)).toEqual(['900p 1600x900 3900', '720p 1280x720 2800', '480p 854x480 1400']);
    expect(sizes(1920, 800).slice(0, 2)).toEqual(['800p 1920x800 3289', '480p 1152x480 1400']);
    expect(sizes(720, 576)).toEqual(['576p 720x576 1960', '360p 450x360 800', '240p 300x240 400']);
    expect(sizes(1920, 800, { nativeTop: false })[0]).toBe('720p 1728x720 2800');
  });

  it('takes 1088 lines for 1080, and makes nothing larger than the largest rung of the profile', () => {
    expect(sizes(1920, 1088)[0]).toBe('1080p 1906x1080 5000');
    expect(sizes(1280, 720, { rungs: [{ shortSide: 480, ceilingKbps: 1400 }] })).toEqual(['480p 854x480 1400']);
  });

  it('gives high rates more bits and codecs that need less fewer', () => {
    const ceilings = (numerator: number, document: ProfileDocument) => {
      const source = plainSource({ video: { width: 1280, height: 720, frameRate: { numerator, denominator: 1 } } });
      return planLadder(source, profileSchema.parse(document)).map(({ name, maxBitrateKbps }) => `${name} ${maxBitrateKbps}`);
    };
    const rungs = [{ shortSide: 720, ceilingKbps: 2800 }];
    expect([10, 30, 50, 60, 120].map((fps) => ceilings(fps, { rungs })[0])).toEqual([
      '720p 2800',
      '720p 2800',
      '720p 3733',
      '720p 4200',
      '720p 4200',
    ]);
    const all: ProfileDocument = { rungs, codecs: videoCodecs.map((codec) => ({ codec })) };
    expect(ceilings(30, all)).toEqual(['720p 2800', '720p-hevc 1960', '720p-av1 1680', '720p-vp9 1960']);
  });

  it('requires at least its smallest rung', () => {
    const rungs = standardRungs.map((rung) => ({ ...rung, required: false }));
    const ladder = planLadder(video(1280, 720), profileSchema.parse({ rungs, codecs: [{ codec: 'h264' }, { codec: 'av1' }] }));
    expect(ladder.filter(({ required }) => required).map(({ name }) => name)).toEqual(['240p']);
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
      fc.property(fc.integer({ min: 2, max: 2158 }), (short) => {
        expect(ceilingBetween(standardRungs, short + 1)).toBeGreaterThanOrEqual(ceilingBetween(standardRungs, short));
      }),
    );
  });
});
