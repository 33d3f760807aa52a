import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StreamflixError, type VideoRendition } from '@streamflix/contracts';
import { countOutput } from './count-frames.ts';
import { classifyEncodeFailure } from './encode-failure.ts';
import { type MediaConfig, runTool } from './tool.ts';

const timeLimitMs = 30 * 60_000;

export interface JoinRun {
  /** The chunks in their order; names of our own, without quotes. */
  paths: readonly string[];
  outputPath: string;
  rendition: VideoRendition;
  /** What all of them must come to. */
  frames: number;
  media: MediaConfig;
  signal: AbortSignal;
}

/** Puts the chunks of a rendition end to end without encoding anything again. Throws ENCODER_FAILED when pictures are missing or too many. */
export async function joinChunks({ paths, outputPath, rendition, frames, media, signal }: JoinRun): Promise<void> {
  const writableDir = dirname(outputPath);
  const list = join(writableDir, `${rendition.name}.txt`);
  await writeFile(list, paths.map((path) => `file '${path}'\n`).join(''));
  const args = [
    ...['-hide_banner', '-nostdin', '-nostats', '-y', '-xerror', '-loglevel', 'level+warning'],
    ...['-f', 'concat', '-safe', '0', '-protocol_whitelist', 'file', '-i', list],
    ...['-map', '0:v:0', '-c', 'copy'],
    ...['-map_metadata', '-1', '-f', 'mp4', outputPath],
  ];
  try {
    const limits = { signal, stallMs: timeLimitMs, timeLimitMs };
    await runTool(media, 'ffmpeg', { args, readOnlyPaths: paths, writableDir, ...limits });
  } catch (error) {
    throw signal.aborted ? error : classifyEncodeFailure(error);
  }
  const { packets } = await countOutput(outputPath, signal);
  if (packets !== frames)
    throw new StreamflixError('ENCODER_FAILED', {
      message: 'The chunks of a rendition do not come to its frames.',
      details: { rendition: rendition.name, packets, frames },
    });
}
