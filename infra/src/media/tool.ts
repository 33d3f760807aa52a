import { realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { StreamflixError } from '@streamflix/contracts';
import type { Config } from '../config/index.ts';
import { limitCommand, ordinarySlot, type SlotLimits } from './limits.ts';
import { type ProcessEnd, ProcessFailure, type ProcessRun, runProcess } from './process.ts';
import { confine } from './sandbox.ts';

/** A program that ran for the work, as it ended. */
export interface RanTool {
  program: string;
  args: readonly string[];
  startedAt: Date;
  seconds: number;
  /** Exit code, or the signal that ended it; `stopped` where neither was seen. */
  exit: string;
}

export interface MediaConfig extends Pick<Config['media'], 'ffmpegPath' | 'ffprobePath' | 'packagerPath' | 'sandbox'> {
  /** What every child may take; what is not said is as in the ordinary slot. */
  slot?: Partial<SlotLimits>;
  /** Device nodes that ffmpeg may open, for encoders on hardware. */
  devices?: readonly string[];
  /** Hears of every program that ended, however it did. */
  onRan?: (ran: RanTool) => void;
}

export const slotOf = ({ slot }: MediaConfig): SlotLimits => ({ ...ordinarySlot, ...slot });

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

export interface ToolRun extends Omit<ProcessRun, 'command' | 'program' | 'memoryBytes'> {
  readOnlyPaths: readonly string[];
  writableDir?: string;
}

/** How a program ended that did not end well. */
function exitOf(error: unknown): string {
  const failure = error instanceof Error && error.cause instanceof ProcessFailure ? error.cause : error;
  return failure instanceof ProcessFailure ? (failure.exitSignal ?? String(failure.exitCode)) : 'stopped';
}

/** Runs `run` and tells how it ended. */
async function told(
  media: MediaConfig,
  what: Pick<RanTool, 'program' | 'args'>,
  run: () => Promise<ProcessEnd>,
): Promise<ProcessEnd> {
  const startedAt = new Date();
  const started = performance.now();
  const tell = (exit: string): void => media.onRan?.({ ...what, startedAt, seconds: (performance.now() - started) / 1000, exit });
  try {
    const end = await run();
    tell('0');
    return end;
  } catch (error) {
    tell(exitOf(error));
    throw error;
  }
}

/** Runs one of the media programs within the limits of its slot, in the sandbox when that is configured. */
export async function runTool(media: MediaConfig, tool: 'ffmpeg' | 'ffprobe' | 'packager', run: ToolRun): Promise<ProcessEnd> {
  const { args, readOnlyPaths, writableDir, ...rest } = run;
  const { sandbox } = media;
  const slot = slotOf(media);
  const command = await resolveTool(media, tool);
  const [prlimitPath, tasksetPath, setprivPath] = await Promise.all(['prlimit', 'taskset', 'setpriv'].map(findProgram));
  const limits = {
    ...slot,
    // What may write nowhere has nothing to write.
    outputBytes: writableDir === undefined ? 0 : slot.outputBytes,
    cpuSeconds: Math.ceil((run.timeLimitMs / 1000) * availableParallelism()),
    isAlone: sandbox === 'bubblewrap',
  };
  const limited = limitCommand({ command, args }, limits, { prlimitPath: prlimitPath ?? null, tasksetPath: tasksetPath ?? null });
  const walls = {
    sandbox,
    program: command,
    readOnlyPaths,
    devices: tool === 'ffmpeg' ? (media.devices ?? []) : [],
    ...(writableDir === undefined ? {} : { writableDir }),
  };
  const shut = confine(limited, walls, setprivPath ?? null);
  return told(media, { program: tool, args }, () =>
    runProcess({ ...rest, program: tool, memoryBytes: slot.memoryBytes, ...shut }),
  );
}
