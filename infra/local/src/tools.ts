import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { exists } from './files.ts';
import { findOnPath, tryCommand } from './run-command.ts';

const packagerBinaries: Readonly<Record<string, string>> = {
  'linux-x64': 'packager-linux-x64',
  'linux-arm64': 'packager-linux-arm64',
};

/** Shaka Packager comes with its npm package, one binary per platform; undefined where there is none for this one. */
export async function findPackager(): Promise<string | undefined> {
  const binary = packagerBinaries[`${process.platform}-${process.arch}`];
  if (binary === undefined) return undefined;
  const path = join(dirname(createRequire(import.meta.url).resolve('shaka-packager/package.json')), 'bin', binary);
  return (await exists(path)) ? path : undefined;
}

export async function findFfmpeg(): Promise<{ ffmpeg: string | undefined; ffprobe: string | undefined }> {
  return { ffmpeg: await findOnPath('ffmpeg'), ffprobe: await findOnPath('ffprobe') };
}

/** Tried, not guessed: where user namespaces are off, or inside some containers, bubblewrap is there and fails. */
export async function detectSandbox(): Promise<'bubblewrap' | 'none'> {
  const isolation = ['--unshare-all', '--die-with-parent', '--cap-drop', 'ALL', '--new-session'];
  const view = ['--ro-bind', '/', '/', '--dev', '/dev', '--tmpfs', '/tmp'];
  return (await tryCommand('bwrap', [...isolation, ...view, '/bin/true'])) === undefined ? 'none' : 'bubblewrap';
}
