import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainSource } from '../testkit/index.ts';
import { countFrames, framesPerSecond } from './frame-grid.ts';
import { planJob, withoutRenditions } from './plan-job.ts';
import { type ProfileDocument, profileSchema } from './profile.ts';
import { frameAt, planStills } from './stills.ts';

const under = (document: ProfileDocument) => ({ name: 'own', version: 1, profile: profileSchema.parse(document) });
const source = plainSource({ durationSeconds: 60, video: { width: 1920, height: 1080 } });
const rungs = (...sides: number[]) => sides.map((shortSide) => ({ shortSide, ceilingKbps: shortSide }));

describe('the stills of a package', () => {
  it('come from the smallest rung that holds them', () => {
    expect(planStills(planJob(source))).toMatchObject({ rung: { name: '360p' }, width: 640, height: 360 });
    expect(planStills(planJob(source, under({ rungs: rungs(1080, 480, 240) })))).toMatchObject({
      rung: { name: '480p' },
      ...{ width: 640, height: 360 },
    });
  });

  it('come from the codec that the profile names first, of rungs of one size', () => {
    const codecs = [{ codec: 'hevc' as const }, { codec: 'h264' as const }];
    expect(planStills(planJob(source, under({ rungs: rungs(360), codecs })))?.rung.name).toBe('360p-hevc');
  });

  it('come from the next rung when theirs was given up, and are never larger than it', () => {
    const plan = planJob(source, under({ rungs: rungs(480, 360, 240) }));
    const without = (...names: string[]) =>
      planStills(
        withoutRenditions(
          plan,
          names.map((name) => ({ name, code: 'ENCODER_FAILED', message: '' })),
        ),
      );
    expect(without('360p')?.rung.name).toBe('480p');
    expect(without('360p', '480p')).toMatchObject({ rung: { name: '240p' }, width: 426, height: 240 });
  });

  it('are none without video', () => {
    const { audio } = source;
    expect(planStills(planJob({ ...source, video: null, audio }))).toBeNull();
  });
});

describe('the frame at a position', () => {
  const rates = [
    { numerator: 24000, denominator: 1001 },
    { numerator: 25, denominator: 1 },
    { numerator: 30000, denominator: 1001 },
    { numerator: 60, denominator: 1 },
  ];

  it('is of the rung, and shown within half a frame of its time unless the video has ended', () => {
    const position = fc.double({ min: 0, max: 1, noNaN: true });
    const duration = fc.double({ min: 1, max: 86_400, noNaN: true });
    fc.assert(
      fc.property(position, duration, fc.constantFrom(...rates), (at, durationSeconds, frameRate) => {
        const frame = frameAt(at, durationSeconds, { frameRate });
        const last = countFrames(durationSeconds, frameRate) - 1;
        expect(frame).toBeGreaterThanOrEqual(0);
        expect(frame).toBeLessThanOrEqual(last);
        const asked = at * durationSeconds * framesPerSecond(frameRate);
        if (frame < last) expect(Math.abs(frame - asked)).toBeLessThanOrEqual(0.5 + 1e-4);
        else expect(asked).toBeGreaterThan(last - 0.5 - 1e-4);
      }),
    );
  });

  it('is the first at 0 and the last at 1', () => {
    const rung = { frameRate: { numerator: 30, denominator: 1 } };
    expect([frameAt(0, 3, rung), frameAt(0.5, 3, rung), frameAt(1, 3, rung)]).toEqual([0, 45, 89]);
  });
});
