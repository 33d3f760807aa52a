import { readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobPlan } from '@streamflix/contracts';
import { pythonEnvironment } from '../support/python-environment.ts';
import { type Cost, runMeasured } from './measured-run.ts';
import { audiosOf, rungsOf } from './raw-args.ts';
import { buildShakaConfigs, resolutionOf } from './shaka-settings.ts';
import { measureTrack, type Outputs, type Track } from './track.ts';

export const shakaStreamerVersion = '1.5.1';

export interface ShakaRun extends Cost, Outputs {}

export interface ShakaOptions {
  ffmpegPath: string;
  ffprobePath: string;
  packagerPath: string;
  input: string;
  plan: JobPlan;
  signal: AbortSignal;
}

/** Makes a folder of programs for it: the same ffmpeg and packager as ours, ffmpeg with the settings of the plan. */
async function preparePrograms(dir: string, { ffprobePath, packagerPath }: ShakaOptions): Promise<void> {
  await mkdir(dir);
  const shim = join(dir, 'ffmpeg');
  await writeFile(shim, `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, 'shaka-ffmpeg.ts')}' "$@"\n`);
  await chmod(shim, 0o755);
  await symlink(ffprobePath, join(dir, 'ffprobe'));
  await symlink(packagerPath, join(dir, 'packager'));
}

const byNumber = new Intl.Collator('en', { numeric: true });

async function measureOutputs(dir: string, { renditions }: JobPlan): Promise<Outputs> {
  const files = readdirSync(dir).toSorted(byNumber.compare);
  const measure = (name: string, prefix: string): Promise<Track> => {
    const own = files.filter((file) => file.startsWith(prefix) && /\.(mp4|m4s)$/.test(file));
    const init = own.filter((file) => file.includes('_init.'));
    return measureTrack(
      name,
      [...init, ...own.filter((file) => !init.includes(file))].map((file) => join(dir, file)),
    );
  };
  const tracks = [
    ...rungsOf(renditions).map((rung) => measure(rung.name, `video_${resolutionOf(rung)}_`)),
    ...audiosOf(renditions).map(({ name }) => measure(name, 'audio_')),
  ];
  return { tracks: await Promise.all(tracks), thumbnails: 0 };
}

/** Shaka Streamer over the same source for the same ladder, with the same encoder, settings and packager. It makes no thumbnails. */
export async function runShakaStreamer(options: ShakaOptions): Promise<ShakaRun> {
  const { ffmpegPath, input, plan, signal } = options;
  const [rung] = rungsOf(plan.renditions);
  const bin = pythonEnvironment('shaka-streamer', [`shaka-streamer==${shakaStreamerVersion}`]);
  const dir = await mkdtemp(join(tmpdir(), 'streamflix-shaka-'));
  try {
    const programs = join(dir, 'bin');
    await preparePrograms(programs, options);
    const configs = buildShakaConfigs(input, plan);
    for (const [name, config] of Object.entries(configs)) await writeFile(join(dir, `${name}.yaml`), JSON.stringify(config));
    const output = join(dir, 'output');
    const files = ['-i', join(dir, 'input.yaml'), '-p', join(dir, 'pipeline.yaml'), '-b', join(dir, 'bitrates.yaml')];
    const cost = await runMeasured({
      command: join(bin, 'shaka-streamer'),
      args: [...files, '-o', output, '--use-system-binaries', '--skip-deps-check'],
      env: {
        ...process.env,
        PATH: `${programs}:${process.env.PATH}`,
        BENCH_FFMPEG: ffmpegPath,
        BENCH_RUNG: JSON.stringify(rung),
      },
      isTalkative: true,
      signal,
    });
    return { ...cost, ...(await measureOutputs(output, plan)) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
