import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Chunk,
  type JobPlan,
  planJob,
  requireVideo,
  type SourceWithVideo,
  StreamflixError,
  type VideoRendition,
} from '@streamflix/contracts';
import { describe, expect, it, vi } from 'vitest';
import { makeClip } from '../testkit/clips.ts';
import { encodeAudio } from './encode-audio.ts';
import { type EncodeRun, encodeVideo } from './ffmpeg.ts';
import { probeSource } from './probe.ts';
import { greyFrames, nearestFrame } from './testkit/pictures.ts';
import { neverAborted, processesNaming, scratchDir, testMedia } from './testkit/test-media.ts';

// Real encodes on a shared machine.
vi.setConfig({ testTimeout: 60_000 });

const dir = scratchDir();
const whole: Chunk = { index: 0, count: 1, startFrame: 0, frameCount: null };

type VideoRun = EncodeRun<SourceWithVideo>;

interface Prepared extends VideoRun {
  plan: JobPlan;
  video: VideoRendition[];
}

async function prepare(name: string, input: string, more: Partial<VideoRun> = {}): Promise<Prepared> {
  const source = requireVideo(await probeSource(input, { media: testMedia, signal: neverAborted }));
  const outputDir = join(dir, name);
  await mkdir(outputDir, { recursive: true });
  const plan = planJob(source);
  const video = plan.renditions.filter((rendition) => rendition.kind === 'video');
  return { input, source, outputDir, media: testMedia, signal: neverAborted, plan, video, ...more };
}

const ffprobe = (path: string, ...args: string[]): string =>
  execFileSync(testMedia.ffprobePath, ['-v', 'error', ...args, '-of', 'csv=p=0', path], { encoding: 'utf8' }).trim();

const keyframesOf = (path: string): number[] =>
  ffprobe(path, '-show_entries', 'packet=flags')
    .split('\n')
    .flatMap((flags, index) => (flags.startsWith('K') ? [index] : []));

describe('a video', () => {
  it('is encoded into every rung from one decode, with all frames, keyframes on the grid and progress up to the end', async () => {
    const seen: number[] = [];
    const input = await makeClip(join(dir, 'ntsc.mp4'), { seconds: 7, width: 320, height: 180, frameRate: '30000/1001' });
    const run = await prepare('rungs', input, { onProgress: (fraction) => seen.push(fraction) });
    const [rung] = run.video;
    const smaller = rung === undefined ? [] : [{ ...rung, name: '90p', width: 160, height: 90 }];
    const files = await encodeVideo({ ...run, chunk: whole, renditions: [...run.video, ...smaller] });

    expect(files).toMatchObject([
      { rendition: '180p', frames: 210, durationSeconds: 7.007 },
      { rendition: '90p', frames: 210, durationSeconds: 7.007 },
    ]);
    expect(await readdir(run.outputDir)).toEqual(['180p.mp4', '90p.mp4']);
    for (const { path, sizeBytes } of files) {
      expect((await readFile(path)).length).toBe(sizeBytes);
      expect(keyframesOf(path)).toEqual([0, 60, 120, 180]);
    }
    expect(seen.at(-1)).toBe(1);
  });

  it('in chunks has the very frames of the video in one piece', async () => {
    const input = await makeClip(join(dir, 'chunked.mp4'), {
      seconds: 4,
      frameRate: '30000/1001',
      audio: false,
      outputArgs: ['-bf', '2'],
    });
    const run = await prepare('whole', input);
    const [one] = await encodeVideo({ ...run, chunk: whole, renditions: run.video });
    const cuts = [
      { startFrame: 0, frameCount: 60 },
      { startFrame: 60, frameCount: null },
    ];
    const parts: Buffer[] = [];
    for (const [index, cut] of cuts.entries()) {
      const outputDir = join(dir, `chunk-${index}`);
      await mkdir(outputDir);
      const [file] = await encodeVideo({ ...run, outputDir, chunk: { index, count: 2, ...cut }, renditions: run.video });
      parts.push(...greyFrames(file?.path ?? ''));
    }
    const original = greyFrames(input);
    expect(parts).toHaveLength(120);
    expect(greyFrames(one?.path ?? '')).toHaveLength(120);
    expect(parts.map((frame) => nearestFrame(frame, original))).toEqual(parts.map((_, index) => index));
  });

  it('that a phone turned stands upright, and no player turns it again', async () => {
    const input = await makeClip(join(dir, 'turned.mp4'), { seconds: 1, width: 320, height: 180, rotation: 90 });
    const run = await prepare('upright', input);
    const [file] = await encodeVideo({ ...run, chunk: whole, renditions: run.video });
    expect(ffprobe(file?.path ?? '', '-show_entries', 'stream=width,height,sample_aspect_ratio:stream_side_data=rotation')).toBe(
      '180,320,1:1',
    );
  });

  it('of uneven pictures becomes even, as long as it was', async () => {
    const input = await makeClip(join(dir, 'uneven.mp4'), {
      seconds: 3,
      outputArgs: ['-vf', "select='not(between(n,20,40))'", '-fps_mode', 'vfr'],
    });
    const run = await prepare('even', input);
    const [file] = await encodeVideo({ ...run, chunk: whole, renditions: run.video });
    const fps = (file?.frames ?? 0) / run.source.durationSeconds;
    expect(run.source.video.variableFrameRate).toBe(true);
    expect(fps).toBeCloseTo((run.video[0]?.frameRate.numerator ?? 0) / (run.video[0]?.frameRate.denominator ?? 1), 0);
    expect(file?.durationSeconds).toBeCloseTo(3, 1);
  });

  it('holds its last picture while the sound goes on', async () => {
    const silent = await makeClip(join(dir, 'silent.mp4'), { seconds: 1, audio: false });
    const input = join(dir, 'long-sound.mp4');
    const sound = ['-f', 'lavfi', '-i', 'sine=duration=2', '-c:v', 'copy', '-c:a', 'aac', input];
    execFileSync(testMedia.ffmpegPath, ['-v', 'error', '-y', '-i', silent, ...sound]);
    const run = await prepare('held', input);
    const [file] = await encodeVideo({ ...run, chunk: whole, renditions: run.video });
    const frames = greyFrames(file?.path ?? '');
    expect(frames.length).toBeGreaterThanOrEqual(60);
    expect(nearestFrame(frames.at(-1) ?? Buffer.alloc(0), greyFrames(silent))).toBe(29);
  });
});

describe('a damaged source', () => {
  async function damaged(name: string): Promise<string> {
    const path = await makeClip(join(dir, name), { seconds: 3, outputArgs: ['-g', '30'] });
    const bytes = await readFile(path);
    const begin = bytes.indexOf('mdat') + 4;
    const end = bytes.indexOf('moov') - 4;
    // Zeros in the middle, as a download that was never finished leaves them.
    bytes.fill(0, begin + Math.floor((end - begin) * 0.5), begin + Math.floor((end - begin) * 0.8));
    await writeFile(path, bytes);
    return path;
  }

  it('is SOURCE_CORRUPT, and no file is left', async () => {
    const run = await prepare('damaged', await damaged('damaged.mp4'));
    await expect(encodeVideo({ ...run, chunk: whole, renditions: run.video })).rejects.toMatchObject({ code: 'SOURCE_CORRUPT' });
    expect(await readdir(run.outputDir)).toEqual([]);
  });

  it('whose packets promise more than there is, is SOURCE_CORRUPT too', async () => {
    const run = await prepare('promising', await makeClip(join(dir, 'promising.mp4'), { seconds: 2 }));
    const source = {
      ...run.source,
      durationSeconds: 6,
      video: { ...run.source.video, lastFrameSeconds: 6 - 1 / 30 },
    };
    await expect(encodeVideo({ ...run, source, chunk: whole, renditions: run.video })).rejects.toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: expect.stringContaining('lost pictures'),
    });
  });
});

describe('the sound', () => {
  it('is stereo at 48 kHz and as long as the video, silence where the source has none', async () => {
    const silent = await makeClip(join(dir, 'pictures.mp4'), { seconds: 3, audio: false });
    const input = join(dir, 'late.mp4');
    const sound = [
      '-itsoffset',
      '0.5',
      '-f',
      'lavfi',
      '-i',
      'sine=duration=1:sample_rate=44100',
      '-c:v',
      'copy',
      '-c:a',
      'aac',
      input,
    ];
    execFileSync(testMedia.ffmpegPath, ['-v', 'error', '-y', '-i', silent, ...sound]);
    const run = await prepare('late', input);
    const rendition = run.plan.renditions.find((planned) => planned.kind === 'audio');
    if (rendition === undefined) throw new Error('no audio was planned');
    const file = await encodeAudio({ ...run, rendition });
    expect(file.durationSeconds).toBeCloseTo(3, 1);
    expect(ffprobe(file.path, '-show_entries', 'stream=codec_name,sample_rate,channels')).toBe('aac,48000,2');
    const silences = execFileSync(
      'sh',
      ['-c', '"$0" -hide_banner -i "$1" -af silencedetect=noise=-40dB:d=0.3 -f null - 2>&1', testMedia.ffmpegPath, file.path],
      { encoding: 'utf8' },
    );
    const [firstEnd] = [...silences.matchAll(/silence_end: ([\d.]+)/g)].map(([, seconds]) => Number(seconds));
    expect(firstEnd).toBeCloseTo(0.5, 1);
  });
});

describe('a recorded transport stream', () => {
  it('whose pictures begin after its sound keeps them together', async () => {
    const silent = await makeClip(join(dir, 'for-ts.mp4'), { seconds: 3, audio: false, outputArgs: ['-g', '250'] });
    const input = join(dir, 'recorded.ts');
    const late = ['-itsoffset', '1', '-i', silent, '-f', 'lavfi', '-i', 'sine=duration=4', '-map', '0', '-map', '1'];
    execFileSync(testMedia.ffmpegPath, ['-v', 'error', '-y', ...late, '-c:v', 'copy', '-c:a', 'aac', input]);
    const run = await prepare('recorded', input);
    const [file] = await encodeVideo({ ...run, chunk: whole, renditions: run.video });
    const frames = greyFrames(file?.path ?? '');
    const original = greyFrames(silent);
    // The first picture stands for the second in which there is only sound; then they run.
    expect(nearestFrame(frames[15] ?? Buffer.alloc(0), original)).toBe(0);
    expect(Math.abs(nearestFrame(frames[75] ?? Buffer.alloc(0), original) - 45)).toBeLessThanOrEqual(2);
    expect(nearestFrame(frames.at(-1) ?? Buffer.alloc(0), original)).toBe(89);
  });
});

describe('an encode that is ended', () => {
  const slow = { seconds: 6, width: 640, height: 360 };

  it('by its signal leaves no process and no file', async () => {
    const abort = new AbortController();
    const run = await prepare('aborted', await makeClip(join(dir, 'slow.mp4'), slow), {
      signal: abort.signal,
      onProgress: () => abort.abort(new StreamflixError('LEASE_LOST')),
    });
    const renditions = run.video.map((rendition) => ({ ...rendition, preset: 'placebo' }));
    await expect(encodeVideo({ ...run, chunk: whole, renditions })).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(await processesNaming(run.outputDir)).toEqual([]);
    expect(await readdir(run.outputDir)).toEqual([]);
  });

  const sandboxes = testMedia.sandbox === 'bubblewrap' ? ['bubblewrap', 'none'] : ['none'];
  it.each(sandboxes)('by the SIGKILL of its own Node process takes ffmpeg along (sandbox: %s)', async (sandbox) => {
    const input = await makeClip(join(dir, 'slow.mp4'), slow);
    const outputDir = join(dir, `killed-${sandbox}`);
    await mkdir(outputDir);
    const script = fileURLToPath(new URL('./testkit/encode-until-killed.ts', import.meta.url));
    const child = spawn(process.execPath, [script, input, outputDir, sandbox], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    expect((await processesNaming(join(outputDir, '.partial'))).length).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await once(child, 'close');
    await vi.waitFor(async () => expect(await processesNaming(outputDir)).toEqual([]), { timeout: 5_000 });
  });
});
