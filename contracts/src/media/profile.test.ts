import { expect, test } from 'vitest';
import { builtInProfiles, defaultProfile } from './built-in-profiles.ts';
import { profileNameSchema, profileSchema } from './profile.ts';

test('a document that says nothing is the default profile', () => {
  const { description: _, ...silent } = profileSchema.parse({});
  const { description: __, ...usual } = defaultProfile.profile;
  expect(silent).toEqual(usual);
  expect(usual.codecs).toEqual([{ codec: 'h264', preset: 'veryfast', crf: 23, bitDepth: 8, required: true, hardware: false }]);
  expect(usual.rungs.map(({ shortSide, ceilingKbps }) => [shortSide, ceilingKbps])).toEqual([
    ...[
      [2160, 20_000],
      [1440, 10_000],
      [1080, 5_000],
      [720, 2_800],
    ],
    ...[
      [480, 1_400],
      [360, 800],
      [240, 400],
    ],
  ]);
});

test('a stored profile is read as it was written', () => {
  for (const { name, profile } of builtInProfiles.values()) {
    expect(profileNameSchema.safeParse(name).success).toBe(true);
    expect(profileSchema.parse(JSON.parse(JSON.stringify(profile)))).toEqual(profile);
  }
});

const rung = { shortSide: 720, ceilingKbps: 2800 };

test.each<[string, unknown]>([
  ['no rung', { rungs: [] }],
  ['a rung twice', { rungs: [rung, rung] }],
  ['a rung of an odd size', { rungs: [{ ...rung, shortSide: 721 }] }],
  ['a larger rung with fewer bits', { rungs: [rung, { shortSide: 1080, ceilingKbps: 2000 }] }],
  ['no codec', { codecs: [] }],
  ['a codec twice', { codecs: [{ codec: 'h264' }, { codec: 'h264', preset: 'fast' }] }],
  ['a codec nobody knows', { codecs: [{ codec: 'mpeg2' }] }],
  ["another codec's preset", { codecs: [{ codec: 'av1', preset: 'veryfast' }] }],
  ['H.264 of ten bits', { codecs: [{ codec: 'h264', bitDepth: 10 }] }],
  ['segments that are no multiple of a GOP', { segmentSeconds: 5, gopSeconds: 2 }],
  ['segments shorter than a GOP', { segmentSeconds: 2, gopSeconds: 4 }],
  ['a misspelt field', { segmentsSeconds: 6 }],
  ['a misspelt limit', { limits: { minHeight: 3 } }],
])('a profile with %s is refused', (_, document) => {
  expect(profileSchema.safeParse(document).success).toBe(false);
});

test('a GOP may be a decimal that binary does not know', () => {
  expect(profileSchema.safeParse({ segmentSeconds: 4.2, gopSeconds: 1.4 }).success).toBe(true);
});
