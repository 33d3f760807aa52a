import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { assertRuns } from './capabilities.ts';
import { classifyEncodeFailure, isDeviceFailure } from './encode-failure.ts';
import { probeEncoders } from './encoders.ts';
import { neverAborted, scratchDir, testMedia } from './testkit/test-media.ts';
import { runTool } from './tool.ts';

vi.setConfig({ testTimeout: 60_000 });

const dir = scratchDir();
afterEach(() => void vi.unstubAllEnvs());

async function program(name: string, script: string): Promise<string> {
  const own = join(dir, `${name}-${Math.random()}`);
  await mkdir(own);
  await writeFile(join(own, name), `#!/usr/bin/sh\n${script}\n`);
  await chmod(join(own, name), 0o755);
  return join(own, name);
}

const realFfmpeg = testMedia.ffmpegPath;
/** A device that goes away in the middle of an encode, after it showed progress. */
const failingDevice = `case "$*" in
  *nvenc*) echo frame=10; echo '[h264_nvenc @ 0x1] [error] CUDA_ERROR_UNKNOWN: unknown error' >&2; exit 1;;
  *) exec ${realFfmpeg} "$@";;
esac`;

describe('the encoders of a worker', () => {
  it('are those that encode, not those that the build lists', async () => {
    const found = await probeEncoders({ ...testMedia, devices: ['/dev/null'] });
    expect(found).toContain('encoder:libx264');
    expect(found.filter((name) => /nvenc|qsv|vaapi/.test(name))).toEqual([]);
  });

  it('of a device that encodes are among them, those of a device that fails are not', async () => {
    const script = `case "$*" in
      *h264_nvenc*) exit 0;;
      *nvenc*) echo '[hevc_nvenc @ 0x1] [error] No NVENC capable devices found' >&2; exit 1;;
      *libx264*) exit 0;;
      *) exit 1;;
    esac`;
    const media = {
      ...testMedia,
      sandbox: 'none' as const,
      ffmpegPath: await program('ffmpeg', script),
      devices: ['/dev/nvidia0'],
    };
    expect(await probeEncoders(media)).toEqual(['encoder:libx264', 'encoder:h264_nvenc']);
    expect(await probeEncoders({ ...media, devices: [] })).toEqual(['encoder:libx264']);
  });

  it('must at least be libx264: without it the worker does not start', async () => {
    const ffmpegPath = await program('ffmpeg', "echo '[libx264 @ 0x1] [error] broken' >&2; exit 1");
    await expect(probeEncoders({ ...testMedia, sandbox: 'none', ffmpegPath })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('an encode on a device', () => {
  const encode = (ffmpegPath: string, codec: string, more: string[] = []) =>
    runTool({ ...testMedia, sandbox: 'none', ffmpegPath }, 'ffmpeg', {
      args: [
        '-nostdin',
        '-loglevel',
        'level+error',
        '-f',
        'lavfi',
        '-i',
        'testsrc2=duration=1',
        '-c:v',
        codec,
        ...more,
        '-f',
        'null',
        '-',
      ],
      ...{ readOnlyPaths: [], signal: neverAborted, stallMs: 1_000, timeLimitMs: 30_000 },
    }).catch((error: unknown) => Promise.reject(classifyEncodeFailure(error)));

  it.each([
    ['fails in the middle', failingDevice],
    ['hangs', failingDevice.replace('exit 1', 'exec sleep 60')],
  ])('that %s is told from one whose source is at fault', async (_, script) => {
    const ffmpegPath = await program('ffmpeg', script);
    const failure = await encode(ffmpegPath, 'h264_nvenc').catch((error: unknown) => error);
    expect(isDeviceFailure(failure)).toBe(true);
  });

  it('whose source is damaged fails as any other does', async () => {
    const ffmpegPath = await program('ffmpeg', "echo '[error] Invalid data found when processing input' >&2; exit 1");
    const failure = await encode(ffmpegPath, 'h264_nvenc').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'SOURCE_CORRUPT' });
    expect(isDeviceFailure(failure)).toBe(false);
  });
});

describe('a worker that must use bubblewrap', () => {
  it.each([
    [
      'may not make user namespaces',
      "echo 'bwrap: No permissions to create new namespace' >&2; exit 1",
      /No permissions to create new namespace/,
    ],
    ['finds a bubblewrap that is broken', 'exit 127', /exit code 127/],
  ])('and %s does not start, and says what to do', async (_, script, why) => {
    const bwrap = await program('bwrap', script);
    vi.stubEnv('PATH', `${join(bwrap, '..')}:${process.env.PATH}`);
    const media = { ...testMedia, sandbox: 'bubblewrap' as const };
    const starts = [() => assertRuns(media, 'ffprobe'), () => assertRuns(media, 'packager'), () => probeEncoders(media)];
    for (const start of starts)
      await expect(start()).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(why) });
    await expect(assertRuns(media, 'ffprobe')).rejects.toThrow(/MEDIA_SANDBOX=none only where the container is the boundary/);
  });
});
