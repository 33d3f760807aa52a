import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type JobPlan, planJob, profileSchema, requireVideo, type VideoRendition } from '@streamflix/contracts';
import { expect, test, vi } from 'vitest';
import { type ClipOptions, makeClip } from '../testkit/clips.ts';
import { encodeVideo } from './ffmpeg.ts';
import { inspectCodedStream } from './inspect-coded-stream.ts';
import { packageRenditions } from './packager.ts';
import { probeSource } from './probe.ts';
import { neverAborted, scratchDir, testMedia } from './testkit/test-media.ts';
import { verifyPackage } from './verify-package.ts';

// Real encodes on a shared machine.
vi.setConfig({ testTimeout: 120_000 });

const dir = scratchDir();
const run = { media: testMedia, signal: neverAborted };
const profile = profileSchema.parse({
  copy: true,
  rungs: [
    { shortSide: 180, ceilingKbps: 2_000 },
    { shortSide: 90, ceilingKbps: 400 },
  ],
});
const gopsOf = (frames: string): string[] => ['-g', frames, '-keyint_min', frames, '-sc_threshold', '0', '-bf', '2'];
const onGrid = gopsOf('60');

/** A clip that is 13 s of 29.97 long: two segments and a rest. */
async function planOf(name: string, outputArgs: string[], clip: ClipOptions = {}): Promise<{ input: string; plan: JobPlan }> {
  const path = join(dir, name);
  const input = await makeClip(path, { seconds: 13, frameRate: '30000/1001', audio: false, outputArgs, ...clip });
  const source = await probeSource(input, run);
  const coded = await inspectCodedStream(input, source, run);
  const plan = planJob(source, { name: 'own', version: 1, profile }, coded);
  return { input, plan: { ...plan, renditions: plan.renditions.filter(({ kind }) => kind === 'video') } };
}

const videoOf = ({ renditions }: JobPlan): VideoRendition[] => renditions.filter((rendition) => rendition.kind === 'video');

/** Decoded pictures of a file, by their checksums. */
const picturesOf = (path: string): string[] =>
  execFileSync(
    testMedia.ffmpegPath,
    ['-v', 'error', '-i', path, '-map', '0:V', '-fps_mode', 'passthrough', '-f', 'framemd5', '-'],
    {
      encoding: 'utf8',
    },
  )
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').at(-1)?.trim() ?? '');

test.each([
  ['fits.mp4', '30000/1001', '60'],
  // Its times are milliseconds, which are exact at this rate.
  ['fits.mkv', '25', '50'],
])('%s is copied picture by picture, and switches with the encoded rung at every boundary', async (name, frameRate, gop) => {
  const { input, plan } = await planOf(name, gopsOf(gop), { frameRate });
  const video = videoOf(plan);
  expect(video.map(({ name: rung, copied = false }) => [rung, copied])).toEqual([
    ['180p', true],
    ['90p', false],
  ]);
  const inputs = [];
  for (const rendition of video) {
    const outputDir = join(dir, `${name}-${rendition.name}`);
    await mkdir(outputDir);
    const chunk = { index: 0, count: 1, startFrame: 0, frameCount: null };
    const source = requireVideo(plan.source);
    const [file] = await encodeVideo({ ...run, input, source, outputDir, chunk, renditions: [rendition] });
    inputs.push({ rendition, path: file?.path ?? '' });
  }
  expect(picturesOf(inputs[0]?.path ?? '')).toEqual(picturesOf(input));
  const outputDir = join(dir, `${name}-package`);
  await packageRenditions({ ...run, video: inputs, audio: [], outputDir, segmentSeconds: plan.segmentSeconds });
  const report = await verifyPackage(outputDir, plan);
  expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
});

test.each<[string, string[], ClipOptions]>([
  ['keyframes that lie elsewhere', gopsOf('50'), {}],
  ['open GOPs', ['-g', '60', '-bf', '2', '-x264-params', 'open-gop=1:keyint=60:min-keyint=60:scenecut=0'], {}],
  ['parameters before each keyframe', [...onGrid, '-x264-params', 'repeat-headers=1'], {}],
  ['oblong samples', onGrid, { sampleAspect: '4/3' }],
  ['a rotation', onGrid, { rotation: 90 }],
  ['sound that goes on', [...onGrid, '-af', 'apad=pad_dur=2'], { audio: true }],
])('a source with %s is encoded', async (what, outputArgs, clip) => {
  const { plan } = await planOf(`${what.replaceAll(' ', '-')}.mp4`, outputArgs, clip);
  expect(videoOf(plan).length).toBeGreaterThan(0);
  expect(videoOf(plan).some(({ copied }) => copied)).toBe(false);
});
