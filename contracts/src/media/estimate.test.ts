import fc from 'fast-check';
import { expect, test } from 'vitest';
import { estimatePlan, type QueueLoad, toSourceInfo } from './estimate.ts';
import type { JobPlan } from './plan.ts';
import { planJob } from './plan-job.ts';
import { profileSchema } from './profile.ts';

const side = fc.integer({ min: 64, max: 4000 });
const described = fc.record({
  durationSeconds: fc.double({ min: 0.1, max: 20_000, noNaN: true }),
  video: fc.option(fc.record({ width: side, height: side, frameRate: fc.double({ min: 1, max: 120, noNaN: true }) })),
  audio: fc.array(fc.record({ channels: fc.integer({ min: 1, max: 8 }) }), { maxLength: 3 }),
});
const profile = fc
  .subarray(['h264', 'hevc', 'av1', 'vp9'] as const, { minLength: 1 })
  .map((codecs) => profileSchema.parse({ codecs: codecs.map((codec) => ({ codec, required: codec === 'h264' })) }));
const plan = fc
  .tuple(described, profile)
  .map(([source, document]) => planJob(toSourceInfo(source), { name: 'p', version: 1, profile: document }));
const load: fc.Arbitrary<QueueLoad> = fc.record({
  slots: fc.integer({ min: 1, max: 64 }),
  cpuSecondsAhead: fc.double({ min: 0, max: 1e6, noNaN: true }),
});

const totals = (of: JobPlan, given: QueueLoad): number[] => {
  const { cpuSeconds, maxOutputBytes, tasks, seconds } = estimatePlan(of, given);
  return [cpuSeconds, maxOutputBytes, tasks, seconds?.work ?? Number.NaN, seconds?.total ?? Number.NaN];
};
const hair = 1e-6;

test('more renditions never cost less: no CPU-second, no byte, no moment', () => {
  fc.assert(
    fc.property(plan, load, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (whole, given, kept) => {
      const part = { ...whole, renditions: whole.renditions.filter((_, index) => kept[index]) };
      const [all, some] = [totals(whole, given), totals(part, given)];
      for (const [index, amount] of some.entries()) expect(amount).toBeLessThanOrEqual((all[index] ?? 0) * (1 + hair));
    }),
  );
});

test('a longer source never costs less', () => {
  fc.assert(
    fc.property(described, profile, load, fc.double({ min: 1, max: 3, noNaN: true }), (source, document, given, factor) => {
      const of = (durationSeconds: number) =>
        estimatePlan(planJob(toSourceInfo({ ...source, durationSeconds }), { name: 'p', version: 1, profile: document }), given);
      const [short, long] = [of(source.durationSeconds), of(source.durationSeconds * factor)];
      // The shortest of tasks cost the same, and shorter chunks are more of them.
      expect(long.maxOutputBytes).toBeGreaterThanOrEqual(short.maxOutputBytes);
      expect(long.cpuSeconds).toBeGreaterThanOrEqual(short.cpuSeconds * (1 - hair));
    }),
  );
});

test('more slots never take longer, and a longer queue never takes less', () => {
  fc.assert(
    fc.property(plan, load, fc.integer({ min: 0, max: 64 }), fc.nat(), (of, given, moreSlots, moreAhead) => {
      const seconds = (changes: Partial<QueueLoad>): number =>
        estimatePlan(of, { ...given, ...changes }).seconds?.total ?? Number.NaN;
      const now = seconds({});
      expect(seconds({ slots: given.slots + moreSlots })).toBeLessThanOrEqual(now + hair);
      expect(seconds({ cpuSecondsAhead: given.cpuSecondsAhead + moreAhead })).toBeGreaterThanOrEqual(now);
    }),
  );
});

test('without a worker nobody knows how long', () => {
  const source = toSourceInfo({ durationSeconds: 10, video: { width: 1280, height: 720, frameRate: 25 }, audio: [] });
  const estimate = estimatePlan(planJob(source), { slots: 0, cpuSecondsAhead: 5 });
  expect(estimate.seconds).toBeNull();
  expect(estimate.renditions.map(({ name }) => name)).toEqual(['720p', '480p', '360p', '240p', 'images']);
});
