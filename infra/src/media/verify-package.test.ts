import { cp, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AudioRendition, type JobPlan, planJob, requireVideo, type VideoRendition } from '@streamflix/contracts';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { makeClip } from '../testkit/clips.ts';
import { encodeAudio } from './encode-audio.ts';
import { type EncodedFile, encodeVideo } from './ffmpeg.ts';
import { buildMetadata } from './metadata.ts';
import { packageRenditions } from './packager.ts';
import { probeSource } from './probe.ts';
import { neverAborted, scratchDir, testMedia } from './testkit/test-media.ts';
import { type VerificationReport, verifyPackage } from './verify-package.ts';

// Real encodes on a shared machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const dir = scratchDir();
const run = { media: testMedia, signal: neverAborted };
const good = join(dir, 'good');
let plan: JobPlan;
let video: VideoRendition[];
let audio: AudioRendition[];
let encoded: Map<string, string>;

const inputsOf = <R extends { name: string }>(renditions: R[]) =>
  renditions.map((rendition) => ({ rendition, path: encoded.get(rendition.name) ?? '' }));

const packaged = () => ({ ...run, text: [], source: plan.source, segmentSeconds: plan.segmentSeconds });

/** Thirteen seconds of 29.97: two whole segments and a rest, in two rungs. */
beforeAll(async () => {
  const input = await makeClip(join(dir, 'source.mp4'), { seconds: 13, width: 320, height: 180, frameRate: '30000/1001' });
  const source = requireVideo(await probeSource(input, run));
  const planned = planJob(source);
  const [rung] = planned.renditions;
  if (rung?.kind !== 'video') throw new Error('no rung was planned');
  plan = { ...planned, renditions: [rung, { ...rung, name: '90p', width: 160, height: 90 }, ...planned.renditions.slice(1)] };
  video = plan.renditions.filter((rendition) => rendition.kind === 'video');
  audio = plan.renditions.filter((rendition) => rendition.kind === 'audio');
  const outputDir = join(dir, 'renditions');
  await mkdir(outputDir);
  const chunk = { index: 0, count: 1, startFrame: 0, frameCount: null };
  const files: EncodedFile[] = await encodeVideo({ ...run, input, source, outputDir, chunk, renditions: video });
  for (const rendition of audio) files.push(await encodeAudio({ ...run, input, source, outputDir, rendition }));
  encoded = new Map(files.map(({ rendition, path }) => [rendition, path]));
  await packageRenditions({ ...packaged(), video: inputsOf(video), audio: inputsOf(audio), outputDir: good });
});

const failedChecks = ({ checks }: VerificationReport): string[] => checks.filter(({ passed }) => !passed).map(({ name }) => name);

/** A copy of the good package with one thing wrong. */
async function broken(name: string, damage: (at: (path: string) => string) => Promise<unknown>): Promise<VerificationReport> {
  const copy = join(dir, `broken-${name}`);
  await cp(good, copy, { recursive: true });
  await damage((path) => join(copy, path));
  const report = await verifyPackage(copy, plan);
  expect(report.passed).toBe(false);
  return report;
}

const edit = async (path: string, change: (text: string) => string): Promise<void> => {
  const before = await readFile(path, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  await writeFile(path, after);
};

describe('a good package', () => {
  it('passes every check and is described by what it holds', async () => {
    const report = await verifyPackage(good, plan);
    expect(failedChecks(report)).toEqual([]);
    expect(report).toMatchObject({
      passed: true,
      segments: 9,
      warnings: [],
      renditions: [
        { name: '180p', width: 320, height: 180, codec: expect.stringMatching(/^avc1\.64/) },
        { name: '90p', width: 160, height: 90 },
      ],
      audio: [{ name: 'audio', language: null, codec: 'mp4a.40.2', channels: 2 }],
    });
    expect(report.maxDurationErrorSeconds).toBeLessThan(0.05);
    for (const { bitrateKbps, sizeBytes } of report.renditions)
      expect(bitrateKbps).toBeCloseTo((8 * sizeBytes) / plan.source.durationSeconds / 1000, -0.5);
  });

  it('has segments of exactly 6.006 s at 29.97 frames a second, the same in every rung', async () => {
    const dash = await readFile(join(good, 'manifest.mpd'), 'utf8');
    expect(dash.match(/<S t="0" d="180180" r="1"\/>/g)).toHaveLength(2);
    for (const { name } of video) {
      const hls = await readFile(join(good, name, 'playlist.m3u8'), 'utf8');
      expect([...hls.matchAll(/#EXTINF:([\d.]+)/g)].map(([, seconds]) => seconds)).toEqual([
        '6.006',
        '6.006',
        expect.any(String),
      ]);
    }
  });

  it('has a default sound, also when its language is not known', async () => {
    expect(await readFile(join(good, 'master.m3u8'), 'utf8')).toMatch(/TYPE=AUDIO.*DEFAULT=YES/);
  });

  it('brings a document that says what it was made of and what it holds', async () => {
    const job = { id: 'j1', tenantId: 'acme', videoId: 'v1', filename: 'holiday.mp4', metadata: { album: 'summer' } };
    const image = { kind: 'thumbnail', path: 'images/thumbnail-000.jpg', positionSeconds: 0, width: 320, height: 180 };
    const document = buildMetadata({ job, plan, verification: await verifyPackage(good, plan), images: [image] });
    expect(JSON.parse(JSON.stringify(document))).toMatchObject({
      jobId: 'j1',
      manifests: { hls: 'master.m3u8', dash: 'manifest.mpd' },
      source: { video: { codec: 'h264' } },
      renditions: [{ name: '180p', path: '180p/' }, { name: '90p' }],
      images: [image],
      verification: { passed: true, segments: 9 },
      metadata: { album: 'summer' },
    });
  });
});

describe('a package fails its verification', () => {
  it('when a segment is missing', async () => {
    const report = await broken('missing', (at) => rm(at('180p/seg-00002.m4s')));
    expect(failedChecks(report)).toEqual(['files-present']);
    expect(report.checks.find(({ name }) => name === 'files-present')?.detail).toBe('180p/seg-00002.m4s is missing');
  });

  it('when a segment is empty', async () => {
    const report = await broken('empty', (at) => truncate(at('audio/seg-00001.m4s'), 0));
    expect(failedChecks(report)).toEqual(['files-present']);
  });

  it('when a segment is cut off', async () => {
    const report = await broken('cut', (at) => truncate(at('180p/seg-00001.m4s'), 5_000));
    expect(failedChecks(report)).toEqual(['segments-readable', 'i-frames-true']);
  });

  it('when two segments changed places', async () => {
    const report = await broken('swapped', async (at) => {
      await cp(at('180p/seg-00001.m4s'), at('180p/seg-00002.m4s'));
    });
    expect(failedChecks(report)).toContain('time-lines-gapless');
  });

  it('when a playlist has a hole', async () => {
    const report = await broken('hole', (at) =>
      edit(at('90p/playlist.m3u8'), (text) => text.replace(/#EXTINF:6.006,\nseg-00002.m4s\n/, '')),
    );
    expect(failedChecks(report)).toEqual(expect.arrayContaining(['manifests-agree', 'time-lines-gapless', 'video-duration']));
  });

  it('when a playlist names a segment twice', async () => {
    const report = await broken('twice', (at) =>
      edit(at('90p/playlist.m3u8'), (text) => text.replace('seg-00002.m4s', 'seg-00001.m4s')),
    );
    expect(failedChecks(report)).toEqual(expect.arrayContaining(['named-once', 'manifests-agree']));
  });

  it('when a boundary is told where it is not', async () => {
    const report = await broken('told', (at) =>
      edit(at('180p/playlist.m3u8'), (text) => text.replace('6.006', '5.972').replace('6.006', '6.040')),
    );
    expect(failedChecks(report)).toEqual(['durations-true']);
  });

  it('when the boundaries of one rung really lie elsewhere', async () => {
    const shifted = join(dir, 'shifted');
    await mkdir(shifted);
    const [first, second] = video;
    if (first === undefined || second === undefined) throw new Error('two rungs were planned');
    const odd = { ...second, gopFrames: 50 };
    const chunk = { index: 0, count: 1, startFrame: 0, frameCount: null };
    const input = join(dir, 'source.mp4');
    const [file] = await encodeVideo({
      ...run,
      input,
      source: requireVideo(plan.source),
      outputDir: shifted,
      chunk,
      renditions: [odd],
    });
    const inputs = [...inputsOf([first]), { rendition: odd, path: file?.path ?? '' }];
    const outputDir = join(dir, 'shifted-package');
    await packageRenditions({ ...packaged(), video: inputs, audio: inputsOf(audio), outputDir });
    expect(failedChecks(await verifyPackage(outputDir, plan))).toContain('boundaries-aligned');
  });

  it('when a rung is missing from a manifest', async () => {
    const report = await broken('rung', (at) =>
      edit(at('master.m3u8'), (text) =>
        text.replace(/#EXT-X-STREAM-INF:[^\n]*RESOLUTION=160x90[^\n]*\n90p\/playlist.m3u8\n/, ''),
      ),
    );
    expect(failedChecks(report)).toContain('renditions-complete');
  });

  it('when a segment takes longer than the target', async () => {
    const report = await broken('target', (at) =>
      edit(at('audio/playlist.m3u8'), (text) => text.replace(/TARGETDURATION:\d+/, 'TARGETDURATION:5')),
    );
    expect(failedChecks(report)).toEqual(['manifests-readable', 'target-duration']);
  });

  it('when a playlist never ends', async () => {
    const report = await broken('endless', (at) => edit(at('180p/playlist.m3u8'), (text) => text.replace('#EXT-X-ENDLIST', '')));
    expect(failedChecks(report)).toEqual(['playlists-end']);
  });

  it.each([
    ['a size', 'sizes-as-planned', 'RESOLUTION=320x180', 'RESOLUTION=426x240'],
    ['a codec', 'codecs-true', /avc1\.64\w+/, 'avc1.42001e'],
    ['a peak rate', 'bandwidths-plausible', /BANDWIDTH=\d+/, 'BANDWIDTH=9000000'],
    ['a frame rate', 'frame-rates-as-planned', 'FRAME-RATE=29.970', 'FRAME-RATE=60.000'],
  ])('when %s is told wrong', async (what, check, from, to) => {
    const report = await broken(what, (at) => edit(at('master.m3u8'), (text) => text.replace(from, to)));
    expect(failedChecks(report)).toEqual([check]);
  });

  it('when a manifest leads out of the package', async () => {
    const report = await broken('outside', (at) =>
      edit(at('180p/playlist.m3u8'), (text) => text.replace('seg-00001.m4s', '../../good/180p/seg-00001.m4s')),
    );
    expect(failedChecks(report)).toContain('manifests-readable');
  });

  it('when there is nothing at all', async () => {
    const empty = join(dir, 'nothing');
    await mkdir(empty);
    const report = await verifyPackage(empty, plan);
    expect(failedChecks(report)).toEqual(expect.arrayContaining(['manifests-readable', 'renditions-complete']));
  });
});

describe('the packager', () => {
  it('that cannot read a rendition fails with a typed error', async () => {
    const path = join(dir, 'no-video.mp4');
    await writeFile(path, 'nothing');
    const inputs = video.map((rendition) => ({ rendition, path }));
    const outputDir = join(dir, 'failed');
    await expect(packageRenditions({ ...packaged(), video: inputs, audio: [], outputDir })).rejects.toMatchObject({
      code: 'PACKAGER_FAILED',
      details: { commandLine: expect.stringContaining('packager') },
    });
  });
});
