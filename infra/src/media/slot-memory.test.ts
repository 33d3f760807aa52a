import { join } from 'node:path';
import { planJob, requireVideo } from '@streamflix/contracts';
import { expect, it, vi } from 'vitest';
import { makeClip } from '../testkit/clips.ts';
import { encodeVideo } from './ffmpeg.ts';
import { ordinarySlot } from './limits.ts';
import { probeSource } from './probe.ts';
import { neverAborted, scratchDir, testMedia } from './testkit/test-media.ts';

// The whole ladder of a 2160p source.
vi.setConfig({ testTimeout: 300_000 });

const dir = scratchDir();

it('the ladder of a 2160p source stays within an ordinary slot, and is told when a slot is too small', async () => {
  const input = await makeClip(join(dir, 'large.mp4'), { seconds: 2, width: 3840, height: 2160, audio: false });
  const source = await probeSource(input, { media: testMedia, signal: neverAborted });
  const [rung] = planJob(source).renditions.filter((rendition) => rendition.kind === 'video');
  if (rung === undefined) throw new Error('the clip has no rung');
  const renditions = [2160, 1440, 1080, 720, 480, 360, 240].map((height) => ({
    ...rung,
    ...{ name: `${height}p`, height, width: 2 * Math.round((height * 8) / 9) },
  }));
  const encode = (memoryBytes: number) =>
    encodeVideo({
      ...{ input, source: requireVideo(source), outputDir: dir, signal: neverAborted, renditions },
      media: { ...testMedia, slot: { ...ordinarySlot, memoryBytes } },
      chunk: { index: 0, count: 1, startFrame: 0, frameCount: null },
    });
  expect(await encode(ordinarySlot.memoryBytes)).toHaveLength(renditions.length);
  await expect(encode(512 * 1024 ** 2)).rejects.toMatchObject({ code: 'ENCODER_OVER_LIMIT', details: { reason: 'memory' } });
});
