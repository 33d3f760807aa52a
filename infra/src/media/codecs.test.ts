import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Chunk,
  countFrames,
  type JobPlan,
  type ProfileDocument,
  planJob,
  profileSchema,
  requireVideo,
  type VideoRendition,
} from '@streamflix/contracts';
import { beforeAll, expect, test, vi } from 'vitest';
import { makeClip } from '../testkit/clips.ts';
import { encodeVideo } from './ffmpeg.ts';
import { joinChunks } from './join-chunks.ts';
import { packageRenditions } from './packager.ts';
import { probeSource } from './probe.ts';
import { neverAborted, scratchDir, testMedia } from './testkit/test-media.ts';
import { verifyPackage } from './verify-package.ts';

// Real encodes on a shared machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const dir = scratchDir();
const run = { media: testMedia, signal: neverAborted };
let input: string;

beforeAll(async () => {
  input = await makeClip(join(dir, 'source.mp4'), { seconds: 5, width: 320, height: 180, frameRate: '30000/1001', audio: false });
});

const document = (codecs: NonNullable<ProfileDocument['codecs']>): ProfileDocument => ({
  rungs: [{ shortSide: 144, ceilingKbps: 400 }],
  nativeTop: false,
  segmentSeconds: 2,
  gopSeconds: 1,
  codecs,
});

async function planOf(codecs: NonNullable<ProfileDocument['codecs']>): Promise<JobPlan> {
  const source = await probeSource(input, run);
  const plan = planJob(source, { name: 'own', version: 1, profile: profileSchema.parse(document(codecs)) });
  return { ...plan, renditions: plan.renditions.filter(({ kind }) => kind === 'video') };
}

/** A rendition from chunks of one segment each. */
async function encodeInChunks(plan: JobPlan, rendition: VideoRendition): Promise<string> {
  const source = requireVideo(plan.source);
  const frames = countFrames(source.durationSeconds, rendition.frameRate);
  const count = Math.ceil(frames / rendition.segmentFrames);
  const paths: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const outputDir = join(dir, `${rendition.name}-${rendition.bitDepth}-${index}`);
    await mkdir(outputDir);
    const frameCount = index === count - 1 ? null : rendition.segmentFrames;
    const chunk: Chunk = { index, count, startFrame: index * rendition.segmentFrames, frameCount };
    const [file] = await encodeVideo({ ...run, input, source, outputDir, chunk, renditions: [rendition] });
    paths.push(file?.path ?? '');
  }
  const outputPath = join(dir, `${rendition.name}-${rendition.bitDepth}.mp4`);
  await joinChunks({ ...run, paths, outputPath, rendition, frames });
  return outputPath;
}

const ffprobe = (path: string, ...args: string[]): string =>
  execFileSync(testMedia.ffprobePath, ['-v', 'error', '-select_streams', 'v', ...args, '-of', 'csv=p=0', path], {
    encoding: 'utf8',
  });

const keyframesOf = (path: string): number[] =>
  ffprobe(path, '-show_entries', 'packet=flags')
    .trim()
    .split('\n')
    .flatMap((flags, index) => (flags.startsWith('K') ? [index] : []));

test.each([
  ['h264', 8, 'yuv420p'],
  ['hevc', 8, 'yuv420p'],
  ['hevc', 10, 'yuv420p10le'],
  ['av1', 8, 'yuv420p'],
  ['vp9', 8, 'yuv420p'],
] as const)(
  '%s of %i bits has its keyframes on the grid and nowhere else, joined from chunks',
  async (codec, bitDepth, format) => {
    const plan = await planOf([{ codec, bitDepth } as { codec: 'hevc'; bitDepth: 8 | 10 }]);
    const [rendition] = plan.renditions;
    if (rendition?.kind !== 'video') throw new Error('no rung');
    const path = await encodeInChunks(plan, rendition);
    expect(keyframesOf(path)).toEqual([0, 30, 60, 90, 120]);
    expect(ffprobe(path, '-show_entries', 'stream=codec_name,pix_fmt,nb_frames').trim()).toBe(`${codec},${format},150`);
    // All of it can be decoded: the chunks share their parameter sets.
    expect(execFileSync(testMedia.ffmpegPath, ['-v', 'error', '-xerror', '-i', path, '-f', 'null', '-']).toString()).toBe('');
  },
);

test('a package of four codecs has one set of boundaries, and tells each codec as it is', async () => {
  const plan = await planOf([{ codec: 'h264' }, { codec: 'hevc', bitDepth: 10 }, { codec: 'av1' }, { codec: 'vp9' }]);
  const source = requireVideo(plan.source);
  const video = [];
  for (const rendition of plan.renditions) {
    if (rendition.kind !== 'video') continue;
    const outputDir = join(dir, `whole-${rendition.codec}`);
    await mkdir(outputDir);
    const chunk = { index: 0, count: 1, startFrame: 0, frameCount: null };
    const [file] = await encodeVideo({ ...run, input, source, outputDir, chunk, renditions: [rendition] });
    video.push({ rendition, path: file?.path ?? '' });
  }
  const outputDir = join(dir, 'package');
  await packageRenditions({
    ...run,
    video,
    audio: [],
    text: [],
    source: plan.source,
    outputDir,
    segmentSeconds: plan.segmentSeconds,
  });
  const report = await verifyPackage(outputDir, plan);
  expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
  expect(report.renditions.map(({ name, codec }) => `${name} ${codec}`)).toEqual([
    expect.stringMatching(/^144p avc1\.64/),
    expect.stringMatching(/^144p-hevc hvc1\.2\.4\./),
    expect.stringMatching(/^144p-av1 av01\.0\.\d\dM\.08$/),
    expect.stringMatching(/^144p-vp9 vp09\.00\./),
  ]);
});
