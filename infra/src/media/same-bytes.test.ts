import { createHash } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planJob, profileSchema, requireVideo, type VideoCodec, type VideoRendition } from '@streamflix/contracts';
import { beforeAll, expect, test, vi } from 'vitest';
import { makeClip } from '../testkit/clips.ts';
import { encodeVideo } from './ffmpeg.ts';
import { probeSource } from './probe.ts';
import { neverAborted, scratchDir, testMedia } from './testkit/test-media.ts';

// Real encodes on a shared machine, under a ceiling that bites: only there the number of threads shows.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const dir = scratchDir();
const run = { media: testMedia, signal: neverAborted };
const input = join(dir, 'source.mp4');

beforeAll(() => makeClip(input, { seconds: 2, width: 320, height: 180, frameRate: '25', audio: false }));

/** What a worker with these settings makes of the clip's first rung. */
async function bytesOf(codec: VideoCodec, slot: { threads: number; cpuList: string | null }, threads: number): Promise<string> {
  const source = requireVideo(await probeSource(input, run));
  const profile = profileSchema.parse({ rungs: [{ shortSide: 144, ceilingKbps: 100 }], codecs: [{ codec }] });
  const planned = planJob(source, { name: 'own', version: 1, profile }).renditions[0] as VideoRendition;
  expect(planned.height, 'smaller than the source: scaled').toBe(144);
  const rendition = { ...planned, threads };
  const outputDir = await mkdtemp(join(dir, codec));
  const media = { ...testMedia, slot };
  const chunk = { index: 0, count: 1, startFrame: 0, frameCount: null };
  const [file] = await encodeVideo({ ...run, media, input, source, outputDir, chunk, renditions: [rendition] });
  return createHash('sha256')
    .update(await readFile(file?.path ?? ''))
    .digest('hex');
}

const small = { threads: 1, cpuList: '0' };
const large = { threads: 4, cpuList: null };

test.each(['h264', 'hevc', 'av1', 'vp9'] as const)('workers of other settings make the same bytes of %s', async (codec) => {
  expect(await bytesOf(codec, small, 2)).toBe(await bytesOf(codec, large, 2));
});

test('the number of threads shows in the bytes: that is why the plan says it', async () => {
  expect(await bytesOf('h264', large, 1)).not.toBe(await bytesOf('h264', large, 2));
});
