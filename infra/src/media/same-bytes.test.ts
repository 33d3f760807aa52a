import { createHash } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planJob, profileSchema, requireVideo, type VideoCodec, type VideoRendition } from '@streamflix/contracts';
import { beforeAll, expect, test, vi } from 'vitest';
import { makeClip } from '../testkit/clips.ts';
import { encodeVideo } from './ffmpeg.ts';
import { probeSource } from './probe.ts';
import { neverAborted, scratchDir, testMedia } from './testkit/test-media.ts';

// Real encodes on a shared machine, under a ceiling that bites: only there an encoder looks at what its other threads have done.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const dir = scratchDir();
const run = { media: testMedia, signal: neverAborted };
const input = join(dir, 'source.mp4');

beforeAll(() => makeClip(input, { seconds: 2, width: 320, height: 180, frameRate: '25', audio: false }));

/** What a worker with such a slot makes of the clip's first rung. */
async function bytesOf(codec: VideoCodec, slot: { threads: number; cpuList: string | null }): Promise<string> {
  const source = requireVideo(await probeSource(input, run));
  const profile = profileSchema.parse({ rungs: [{ shortSide: 144, ceilingKbps: 100 }], codecs: [{ codec }] });
  const rendition = planJob(source, { name: 'own', version: 1, profile }).renditions[0] as VideoRendition;
  expect(rendition.height, 'smaller than the source: scaled').toBe(144);
  const outputDir = await mkdtemp(join(dir, codec));
  const media = { ...testMedia, slot };
  const chunk = { index: 0, count: 1, startFrame: 0, frameCount: null };
  const [file] = await encodeVideo({ ...run, media, input, source, outputDir, chunk, renditions: [rendition] });
  return createHash('sha256')
    .update(await readFile(file?.path ?? ''))
    .digest('hex');
}

/** One after the other: an encoder's own threads have the processors to themselves, and meet in another order each time. */
const slots = [{ threads: 1, cpuList: '0' }, ...[1, 2, 3, 4, 8, 16].map((threads) => ({ threads, cpuList: null }))];

test.each(['h264', 'hevc', 'av1', 'vp9'] as const)('workers of any settings make the same bytes of %s', async (codec) => {
  const made: string[] = [];
  for (const slot of slots) made.push(await bytesOf(codec, slot));
  expect(new Set(made).size, made.join(' ')).toBe(1);
});
