import { StreamflixError } from '@streamflix/contracts';
import ffmpeg from 'fluent-ffmpeg';
import { type MediaConfig, resolveTool, runTool } from './tool.ts';

const needed = {
  encoders: ['libx264', 'aac', 'mjpeg'],
  muxers: ['mp4', 'matroska'],
  demuxers: ['mov', 'matroska'],
  filters: ['bwdif', 'idet', 'tonemap', 'zscale'],
};

const ask = <T>(question: (answer: (error: Error | null | undefined, value: T) => void) => void): Promise<T> =>
  new Promise((resolve, reject) => question((error, value) => (error ? reject(error) : resolve(value))));

/** ffmpeg lists a demuxer under all its aliases in one name. */
const hasFormat = (formats: Record<string, unknown>, name: string): boolean =>
  Object.keys(formats).some((aliases) => aliases.split(',').includes(name));

/** Asks this build of ffmpeg what it can do. Throws CONFIG_INVALID naming everything that is missing, and the programs that are. */
export async function assertEncoders(media: MediaConfig): Promise<void> {
  const path = await resolveTool(media, 'ffmpeg');
  await resolveTool(media, 'ffprobe');
  const command = ffmpeg().setFfmpegPath(path);
  const encoders = await ask<Record<string, unknown>>((answer) => command.getAvailableEncoders(answer));
  const formats = await ask<Record<string, { canMux: boolean; canDemux: boolean }>>((answer) =>
    command.getAvailableFormats(answer),
  );
  const filters = await ask<Record<string, unknown>>((answer) => command.getAvailableFilters(answer));
  const missing = [
    ...needed.encoders.filter((name) => encoders[name] === undefined).map((name) => `the encoder ${name}`),
    ...needed.muxers.filter((name) => !hasFormat(formats, name)).map((name) => `the muxer ${name}`),
    ...needed.demuxers.filter((name) => !hasFormat(formats, name)).map((name) => `the demuxer ${name}`),
    ...needed.filters.filter((name) => filters[name] === undefined).map((name) => `the filter ${name}`),
  ];
  if (missing.length > 0)
    throw new StreamflixError('CONFIG_INVALID', { message: `${path} cannot do the work: it lacks ${missing.join(', ')}` });
}

export const remedyOf = ({ sandbox }: Pick<MediaConfig, 'sandbox'>): string =>
  sandbox === 'bubblewrap'
    ? '. Allow user namespaces and install bubblewrap; MEDIA_SANDBOX=none only where the container is the boundary around ffmpeg'
    : '';

/** Runs a program once, in the sandbox. Throws CONFIG_INVALID: a worker that cannot run it would fail every job it gets. */
export async function assertRuns(media: MediaConfig, tool: 'ffmpeg' | 'ffprobe' | 'packager'): Promise<void> {
  const args = [tool === 'packager' ? '--version' : '-version'];
  const withinMs = 30_000;
  try {
    const signal = new AbortController().signal;
    await runTool(media, tool, { args, readOnlyPaths: [], signal, stallMs: withinMs, timeLimitMs: withinMs });
  } catch (error) {
    throw new StreamflixError('CONFIG_INVALID', {
      message: `${tool} does not run here (MEDIA_SANDBOX=${media.sandbox}): ${error instanceof Error ? error.message : error}${remedyOf(media)}`,
      cause: error,
    });
  }
}
