import { execFileSync } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Chunk, planJob, planStills, requireVideo, type VideoRendition } from '@streamflix/contracts';
import { describe, expect, it, vi } from 'vitest';
import { makeClip } from '../testkit/clips.ts';
import { encodeVideo } from './ffmpeg.ts';
import { joinChunks } from './join-chunks.ts';
import { probeSource } from './probe.ts';
import { takeStills } from './take-stills.ts';
import { greyFrames, nearestFrame } from './testkit/pictures.ts';
import { neverAborted, scratchDir, testMedia } from './testkit/test-media.ts';

// Real encodes on a shared machine.
vi.setConfig({ testTimeout: 60_000 });

const dir = scratchDir();
const run = { media: testMedia, signal: neverAborted };
const whole: Chunk = { index: 0, count: 1, startFrame: 0, frameCount: null };

/** The plan of a clip and its stills, taken from a rung as `change` has it. */
async function stillsOf(name: string, input: string, change: Partial<VideoRendition> = {}, chunks: Chunk[] = [whole]) {
  const source = requireVideo(await probeSource(input, run));
  const plan = planJob(source);
  const renditions = plan.renditions.map((each) => (each.kind === 'video' ? { ...each, ...change } : each));
  const stills = planStills({ source, renditions });
  if (stills === null) throw new Error('no stills were planned');
  const paths: string[] = [];
  for (const chunk of chunks) {
    const outputDir = join(dir, `${name}-${chunk.index}`);
    await mkdir(outputDir, { recursive: true });
    const [file] = await encodeVideo({ ...run, input, source, chunk, renditions: [stills.rung], outputDir });
    paths.push(file?.path ?? '');
  }
  const joined = join(dir, `${name}.mp4`);
  const frames = Math.round(source.durationSeconds * 30);
  if (paths.length > 1) await joinChunks({ ...run, paths, outputPath: joined, rendition: stills.rung, frames });
  const rung = paths.length > 1 ? joined : (paths[0] ?? '');
  const outputDir = join(dir, `${name}-images`);
  const names = await takeStills({ ...run, stills, input: rung, video: source.video, outputDir });
  return { stills, rung, names, outputDir };
}

const chunkOf = (index: number, startFrame: number, frameCount: number | null): Chunk => ({
  ...{ index, count: 2, startFrame, frameCount },
});

describe('the stills of a rung', () => {
  it.each<[string, Partial<VideoRendition>, Chunk[]]>([
    ['h264', {}, [whole]],
    ['joined', {}, [chunkOf(0, 0, 60), chunkOf(1, 60, null)]],
    ['one-gop', { gopFrames: 250, segmentFrames: 250 }, [whole]],
    ['hevc', { codec: 'hevc', preset: 'ultrafast', crf: 28 }, [whole]],
    ['ten-bit', { codec: 'hevc', preset: 'ultrafast', crf: 28, bitDepth: 10 }, [whole]],
    ['vp9', { codec: 'vp9', preset: '8', crf: 36 }, [whole]],
    ['copied', { copied: true }, [whole]],
  ])('are exactly the frames of the plan (%s)', async (name, change, chunks) => {
    const input = await makeClip(join(dir, `source-${name}.mp4`), { seconds: 4, outputArgs: ['-g', '60', '-bf', '3'] });
    const { stills, rung, names, outputDir } = await stillsOf(name, input, change, chunks);
    expect(stills.frames).toEqual([0, 30, 60, 90, 119]);
    const expected = ['000', '025', '050', '075', '100'].map((percent) => `thumbnail-${percent}.jpg`);
    expect(names).toEqual(expected);
    expect((await readdir(outputDir)).toSorted()).toEqual(expected);
    const frames = greyFrames(rung);
    const taken = names.map((file) => nearestFrame(greyFrames(join(outputDir, file))[0] ?? Buffer.alloc(0), frames));
    expect(taken).toEqual(stills.frames);
  });

  it('are just before a key frame where the plan says so, and not the key frame', async () => {
    const input = await makeClip(join(dir, 'source-edges.mp4'), { seconds: 4 });
    const { stills, rung } = await stillsOf('edges', input);
    const frames = greyFrames(rung);
    const edges = { ...stills, frames: [57, 58, 59, 60, 61] };
    const outputDir = join(dir, 'edges-again');
    const { video } = requireVideo(await probeSource(input, run));
    const names = await takeStills({ ...run, stills: edges, input: rung, video, outputDir });
    const taken = names.map((file) => nearestFrame(greyFrames(join(outputDir, file))[0] ?? Buffer.alloc(0), frames));
    expect(taken).toEqual(edges.frames);
  });

  it('have the colours that the rung shows', async () => {
    const input = join(dir, 'green.mp4');
    // Green differs most between the matrices of standard and high definition.
    const filter =
      'color=c=0x20c040:size=320x180:rate=30:duration=1,scale=out_color_matrix=bt709:out_range=limited,format=yuv420p';
    const tags = ['-color_primaries', 'bt709', '-color_trc', 'bt709', '-colorspace', 'bt709', '-color_range', 'tv'];
    execFileSync(testMedia.ffmpegPath, ['-v', 'error', '-y', '-f', 'lavfi', '-i', filter, '-c:v', 'libx264', ...tags, input]);
    const { names, outputDir } = await stillsOf('green', input);
    const rgb = execFileSync(testMedia.ffmpegPath, [
      ...['-v', 'error', '-i', join(outputDir, names[0] ?? '')],
      ...['-vf', 'scale=1:1:in_color_matrix=bt601:in_range=full,format=rgb24', '-f', 'rawvideo', '-'],
    ]);
    for (const [index, value] of [0x20, 0xc0, 0x40].entries()) expect(Math.abs((rgb[index] ?? 0) - value)).toBeLessThanOrEqual(8);
  });

  it('that end early are our fault, not that of the source', async () => {
    const input = await makeClip(join(dir, 'source-short.mp4'), { seconds: 2 });
    const { stills, rung, outputDir } = await stillsOf('short', input);
    const { video } = requireVideo(await probeSource(input, run));
    const beyond = { ...stills, positions: [0.33], frames: [10_000] };
    await expect(takeStills({ ...run, stills: beyond, input: rung, video, outputDir })).rejects.toMatchObject({
      code: 'ENCODER_FAILED',
    });
  });
});
