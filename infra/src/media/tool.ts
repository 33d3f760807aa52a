import { realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { StreamflixError } from '@streamflix/contracts';
import type { Config } from '../config/index.ts';
import { type ProcessEnd, type ProcessRun, runProcess } from './process.ts';
import { confine } from './sandbox.ts';

export type MediaConfig = Pick<Config['media'], 'ffmpegPath' | 'ffprobePath' | 'packagerPath' | 'sandbox'>;

/** The real file behind a name, as the shell would find it; null when there is none. */
async function findProgram(name: string): Promise<string | null> {
  const candidates = name.includes('/') ? [name] : (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, name));
  for (const candidate of candidates) {
    const path = await realpath(candidate).catch(() => null);
    if (path !== null) return path;
  }
  return null;
}

/** Shaka Packager where npm put it; its package names the binaries after platform and architecture. */
function npmPackager(): string {
  const require = createRequire(import.meta.url);
  const platform = process.platform === 'darwin' ? 'osx' : 'linux';
  return join(dirname(require.resolve('shaka-packager/package.json')), 'bin', `packager-${platform}-${process.arch}`);
}

export async function resolveTool(media: MediaConfig, tool: 'ffmpeg' | 'ffprobe' | 'packager'): Promise<string> {
  const name = { ffmpeg: media.ffmpegPath, ffprobe: media.ffprobePath, packager: media.packagerPath }[tool];
  const path =
    (await findProgram(name)) ?? (tool === 'packager' && name === 'packager' ? await findProgram(npmPackager()) : null);
  if (path === null)
    throw new StreamflixError('CONFIG_INVALID', {
      message: `${tool} is not at "${name}": install it or set ${tool.toUpperCase()}_PATH`,
    });
  return path;
}

export interface ToolRun extends Omit<ProcessRun, 'command' | 'program'> {
  readOnlyPaths: readonly string[];
  writableDir?: string;
}

/** Runs one of the media programs, in the sandbox when that is configured. */
export async function runTool(media: MediaConfig, tool: 'ffmpeg' | 'ffprobe' | 'packager', run: ToolRun): Promise<ProcessEnd> {
  const { args, readOnlyPaths, writableDir, ...rest } = run;
  const command = await resolveTool(media, tool);
  const setprivPath = media.sandbox === 'none' ? await findProgram('setpriv') : null;
  const limits = { sandbox: media.sandbox, readOnlyPaths, ...(writableDir === undefined ? {} : { writableDir }) };
  return runProcess({ ...rest, program: tool, ...confine({ command, args }, limits, setprivPath) });
}
