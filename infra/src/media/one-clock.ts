import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceInfo } from '@streamflix/contracts';
import { classifyEncodeFailure } from './encode-failure.ts';
import { demuxerOf, guardedInput } from './input-args.ts';
import { type MediaConfig, runTool } from './tool.ts';

/** Containers of broadcasts: whoever records them may be interrupted, and go on with another clock in the same file. */
export const restartingDemuxers: ReadonlySet<string> = new Set(['mpegts', 'mpeg']);

/** Nothing is decoded: as long as reading and writing the file takes. */
const timing = { stallMs: 60_000, timeLimitMs: 30 * 60_000 };

interface Recording {
  path: string;
  demuxer: string;
  /** Where there is room for another copy. */
  dir: string;
  media: MediaConfig;
  signal: AbortSignal;
}

/**
 * Lends a copy of a recording on one clock throughout. Pictures and sound are put right together: each by itself would close the gap at a
 * splice by its own measure, and they would part. Throws SOURCE_CORRUPT and the like when the packets cannot be copied.
 */
export async function withOneClock<T>(recording: Recording, work: (copy: string) => Promise<T>): Promise<T> {
  const { path, demuxer, dir, media, signal } = recording;
  const writableDir = await mkdtemp(join(dir, '.one-clock-'));
  const copy = join(writableDir, 'source.mkv');
  const args = [
    ...['-hide_banner', '-nostdin', '-nostats', '-y', '-loglevel', 'level+error', '-progress', 'pipe:1'],
    // Without -copyts ffmpeg takes a step of the clock for what it is.
    ...[...guardedInput(demuxer), '-i', path, '-map', '0:V:0', '-map', '0:a?', '-c', 'copy'],
    ...['-map_metadata', '-1', '-f', 'matroska', copy],
  ];
  try {
    await runTool(media, 'ffmpeg', { args, readOnlyPaths: [path], writableDir, signal, ...timing }).catch((error) => {
      throw signal.aborted ? error : classifyEncodeFailure(error);
    });
    return await work(copy);
  } finally {
    await rm(writableDir, { recursive: true, force: true });
  }
}

export interface SteadyInput {
  input: string;
  source: SourceInfo;
}

/** Lends a source that can be read by one clock: itself, or a copy in `dir` when its own was set anew on the way. */
export async function withSteadyInput<T>(
  { input, source, dir, media, signal }: SteadyInput & Pick<Recording, 'dir' | 'media' | 'signal'>,
  work: (steady: SteadyInput) => Promise<T>,
): Promise<T> {
  if ((source.clockSteps ?? 0) === 0) return work({ input, source });
  return withOneClock({ path: input, demuxer: demuxerOf(source), dir, media, signal }, (copy) =>
    work({ input: copy, source: { ...source, container: 'matroska' } }),
  );
}
