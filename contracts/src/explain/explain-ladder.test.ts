import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rungName } from '../media/ladder.ts';
import { planJob, withoutRenditions } from '../media/plan-job.ts';
import { profileSchema, standardRungs } from '../media/profile.ts';
import { plainSource } from '../testkit/index.ts';
import { explainLadder, ladderSentences } from './explain-ladder.ts';

const side = fc.integer({ min: 64, max: 4000 });
const profile = fc
  .tuple(
    fc.subarray(['h264', 'hevc', 'av1', 'vp9'] as const, { minLength: 1 }),
    fc.subarray(standardRungs, { minLength: 1 }),
    fc.boolean(),
  )
  .map(([codecs, rungs, nativeTop]) => profileSchema.parse({ codecs: codecs.map((codec) => ({ codec })), rungs, nativeTop }));

test('every rung that is asked for or made is told once, whatever becomes of it', () => {
  fc.assert(
    fc.property(side, side, profile, fc.integer({ min: 0, max: 30 }), (width, height, document, failed) => {
      const whole = planJob(plainSource({ video: { width, height } }), { name: 'p', version: 1, profile: document });
      const video = whole.renditions.filter(({ kind }) => kind === 'video').map(({ name }) => name);
      const givenUp = video
        .filter((_, index) => index === failed)
        .map((name) => ({ name, code: 'ENCODER_FAILED', message: 'no' }));
      const plan = withoutRenditions(whole, givenUp);
      const lines = explainLadder({ plan, made: video, givenUp });
      const asked = document.codecs.flatMap((codec) => document.rungs.map((rung) => rungName(rung, codec)));
      expect(lines.map(({ name }) => name).toSorted()).toEqual([...new Set([...asked, ...video])].toSorted());
      const named = (wanted: string): string[] => lines.filter(({ status }) => status === wanted).map(({ name }) => name);
      expect(named('given-up')).toEqual(givenUp.map(({ name }) => name));
      expect(named('done').toSorted()).toEqual(video.filter((name) => !named('given-up').includes(name)).toSorted());
      for (const sentence of ladderSentences(plan, lines)) expect(sentence).toMatch(/^\S.*\.$/);
    }),
  );
});

test('sound alone has no ladder', () => {
  const plan = planJob({ ...plainSource(), video: null });
  expect(explainLadder({ plan, made: [], givenUp: [] })).toEqual([]);
  expect(ladderSentences(plan, [])).toEqual(['The source is sound alone, so there is no ladder.']);
});
