import { execFileSync } from 'node:child_process';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Chunk, countFrames, planJob, type Rational, requireVideo, type VideoRendition } from '@streamflix/contracts';
import { expect, test, vi } from 'vitest';
import { makeClip } from '../testkit/clips.ts';
import { encodeVideo } from './ffmpeg.ts';
import { joinChunks } from './join-chunks.ts';
import { probeSource } from './probe.ts';
import { neverAborted, scratchDir, testMedia } from './testkit/test-media.ts';

// Real encodes on a shared machine.
vi.setConfig({ testTimeout: 60_000 });

const dir = scratchDir();
const run = { media: testMedia, signal: neverAborted };

/** Presentation times in seconds of a file's pictures, in their order. */
const timesOf = (path: string): number[] =>
  execFileSync(testMedia.ffprobePath, ['-v', 'error', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', path], {
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
    .map((line) => Number.parseFloat(line))
    .toSorted((a, b) => a - b);

/** A number for each picture: what it shows, coarsely enough that another quantiser makes no difference. */
function picturesOf(path: string): Buffer[] {
  const args = ['-v', 'error', '-i', path, '-vf', 'scale=32:18,format=gray', '-f', 'rawvideo', '-'];
  const raw = execFileSync(testMedia.ffmpegPath, args, { maxBuffer: 64 * 1024 * 1024 });
  return Array.from({ length: raw.length / (32 * 18) }, (_, index) => raw.subarray(index * 32 * 18, (index + 1) * 32 * 18));
}

const differs = (a: Buffer, b: Buffer | undefined): boolean =>
  a.reduce((sum, value, index) => sum + Math.abs(value - (b?.[index] ?? 0)), 0) / a.length > 3;

/** The same source encoded whole, and in chunks of one segment that are joined. */
async function encodeBothWays(name: string, rate: Rational) {
  const input = join(dir, `${name}.mp4`);
  await makeClip(input, { seconds: 14, width: 640, height: 360, frameRate: `${rate.numerator}/${rate.denominator}` });
  const source = requireVideo(await probeSource(input, run));
  const [rendition] = planJob(source).renditions.filter((each): each is VideoRendition => each.kind === 'video');
  if (rendition === undefined) throw new Error('no rung');
  const frames = countFrames(source.durationSeconds, rendition.frameRate);
  const count = Math.ceil(frames / rendition.segmentFrames);
  const encode = async (chunk: Chunk): Promise<string> => {
    const outputDir = join(dir, `${name}-${chunk.index}-of-${chunk.count}`);
    await mkdir(outputDir);
    const [file] = await encodeVideo({ ...run, input, source, outputDir, chunk, renditions: [rendition] });
    return file?.path ?? '';
  };
  const whole = await encode({ index: 0, count: 1, startFrame: 0, frameCount: null });
  const paths: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const frameCount = index === count - 1 ? null : rendition.segmentFrames;
    paths.push(await encode({ index, count, startFrame: index * rendition.segmentFrames, frameCount }));
  }
  return { whole, paths, rendition, frames };
}

test.each([
  { numerator: 25, denominator: 1 },
  { numerator: 30000, denominator: 1001 },
])('joined chunks have the pictures and the times of one encode at $numerator/$denominator', async (rate) => {
  const { whole, paths, rendition, frames } = await encodeBothWays(`join-${rate.numerator}`, rate);
  expect(paths.length).toBeGreaterThan(2);
  const outputPath = join(dir, `joined-${rate.numerator}.mp4`);
  await joinChunks({ ...run, paths, outputPath, rendition, frames });
  expect(timesOf(outputPath)).toEqual(timesOf(whole));
  const expected = picturesOf(whole);
  const joined = picturesOf(outputPath);
  expect(joined).toHaveLength(expected.length);
  expect(joined.flatMap((picture, index) => (differs(picture, expected[index]) ? [index] : []))).toEqual([]);
});

test('a chunk too few is found', async () => {
  const { paths, rendition, frames } = await encodeBothWays('short', { numerator: 25, denominator: 1 });
  const outputPath = join(dir, 'too-short.mp4');
  const joining = joinChunks({ ...run, paths: paths.slice(1), outputPath, rendition, frames });
  await expect(joining).rejects.toMatchObject({ code: 'ENCODER_FAILED', details: { frames } });
  expect((await stat(outputPath)).size).toBeGreaterThan(0);
});
