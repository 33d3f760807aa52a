import { planJob, profileSchema, type VideoCodec, type VideoRendition } from '@streamflix/contracts';
import { plainSource } from '@streamflix/contracts/testkit';
import { expect, test } from 'vitest';
import { codecArgs, pixelFormatOf } from './codec-args.ts';

/** The only rung of a 720p25 source in this codec. */
function rungOf(codec: VideoCodec, settings: object = {}): VideoRendition {
  const rungs = [{ shortSide: 720, ceilingKbps: 2000 }];
  const profile = profileSchema.parse({ rungs, codecs: [{ codec, ...settings }] });
  const [rung] = planJob(plainSource(), { name: 'own', version: 1, profile }).renditions;
  if (rung?.kind !== 'video') throw new Error('no rung');
  return rung;
}

const optionOf = (args: readonly string[], option: string): string | undefined => args[args.indexOf(option) + 1];

test.each([
  ['h264', 'libx264', 'veryfast', '23', '2000k'],
  ['hevc', 'libx265', 'veryfast', '26', '1400k'],
  ['av1', 'libsvtav1', '10', '35', '1200k'],
  ['vp9', 'libvpx-vp9', undefined, '33', '1400k'],
] as const)(
  '%s is made by %s, of constant quality under its ceiling, with a keyframe every two seconds',
  (codec, encoder, preset, crf, cap) => {
    const args = codecArgs(rungOf(codec));
    expect(optionOf(args, '-c:v')).toBe(encoder);
    expect(args.includes('-preset') ? optionOf(args, '-preset') : undefined).toBe(preset);
    expect(optionOf(args, '-crf')).toBe(crf);
    expect(optionOf(args, '-maxrate')).toBe(cap);
    expect(optionOf(args, '-bufsize')).toBe(`${2 * Number.parseInt(cap, 10)}k`);
    expect(optionOf(args, '-g')).toBe('50');
  },
);

test.each([
  ['h264', []],
  ['hevc', ['-x265-params', 'pools=1']],
  ['av1', ['-svtav1-params', 'lp=1']],
  ['vp9', []],
] as const)('%s is encoded by one thread', (codec, [option, params]) => {
  const args = codecArgs(rungOf(codec));
  expect(args.slice(0, 3)).toEqual(['-threads', '1', '-c:v']);
  if (option !== undefined) expect(optionOf(args, option)?.split(':')).toContain(params);
});

test('no keyframe is left to the pictures', () => {
  expect(codecArgs(rungOf('h264'))).toEqual(expect.arrayContaining(['-sc_threshold', '-keyint_min', '-force_key_frames']));
  expect(optionOf(codecArgs(rungOf('hevc')), '-x265-params')).toContain('open-gop=0:scenecut=0:keyint=50:min-keyint=50');
  expect(optionOf(codecArgs(rungOf('av1')), '-svtav1-params')).toContain('scd=0');
  expect(optionOf(codecArgs(rungOf('vp9')), '-keyint_min')).toBe('50');
});

test('HEVC is tagged as Apple takes it', () => {
  expect(optionOf(codecArgs(rungOf('hevc')), '-tag:v')).toBe('hvc1');
});

test('ten bits have a profile that holds them', () => {
  const deep = { bitDepth: 10 };
  expect(optionOf(codecArgs(rungOf('hevc', deep)), '-profile:v')).toBe('main10');
  expect(optionOf(codecArgs(rungOf('vp9', deep)), '-profile:v')).toBe('2');
  expect(pixelFormatOf(rungOf('av1', deep))).toBe('yuv420p10le');
  expect(pixelFormatOf(rungOf('av1'))).toBe('yuv420p');
});
