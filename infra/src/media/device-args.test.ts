import { deviceCodecs, deviceKinds, planJob, profileSchema, requireVideo } from '@streamflix/contracts';
import { plainSource } from '@streamflix/contracts/testkit';
import { describe, expect, it } from 'vitest';
import { buildVideoArgs } from './encode-args.ts';

const source = requireVideo(plainSource());
const pairs = deviceKinds.flatMap((kind) => deviceCodecs.map((codec) => [kind, codec] as const));

function argsOf(kind: string, codec: string): string[] {
  const rungs = [{ shortSide: 720, ceilingKbps: 2000 }];
  const profile = profileSchema.parse({ rungs, codecs: [{ codec, hardware: true }] });
  const { renditions } = planJob(source, { name: 'own', version: 1, profile }, null, [`encoder:${codec}_${kind}`]);
  const chunk = { index: 0, count: 1, startFrame: 0, frameCount: null };
  const video = renditions.filter((rendition) => rendition.kind === 'video');
  return buildVideoArgs({ input: '/in', source, chunk, renditions: video, outputPath: ({ name }) => `/out/${name}.mp4` });
}

const optionOf = (args: readonly string[], option: string): string | undefined =>
  args.includes(option) ? args[args.indexOf(option) + 1] : undefined;

describe('an encode on a device', () => {
  it.each(pairs)(
    'of kind %s in %s has a GOP where the grid has one, constant quality and the ceiling of its rung',
    (kind, codec) => {
      const args = argsOf(kind, codec);
      const ceiling = `${{ h264: 2000, hevc: 1400, av1: 1200 }[codec]}k`;
      expect(optionOf(args, '-c:v')).toBe(`${codec}_${kind}`);
      expect([optionOf(args, '-g'), optionOf(args, '-force_key_frames')]).toEqual(['50', 'expr:not(mod(n,50))']);
      expect(optionOf(args, '-maxrate')).toBe(ceiling);
      expect(optionOf(args, '-cq') ?? optionOf(args, '-global_quality')).toBe({ h264: '23', hevc: '26', av1: '35' }[codec]);
      expect(args).not.toContain('-crf');
      expect(optionOf(args, '-tag:v')).toBe(codec === 'hevc' ? 'hvc1' : undefined);
    },
  );

  it('opens the device and brings the pictures there where that has to be said', () => {
    const vaapi = argsOf('vaapi', 'h264');
    expect(optionOf(vaapi, '-vaapi_device')).toBe('/dev/dri/renderD128');
    expect(vaapi.indexOf('-vaapi_device')).toBeLessThan(vaapi.indexOf('-i'));
    expect(optionOf(vaapi, '-filter_complex')).toMatch(/,format=nv12,hwupload\[v0\]$/);
    expect(optionOf(argsOf('nvenc', 'h264'), '-vaapi_device')).toBeUndefined();
  });
});
