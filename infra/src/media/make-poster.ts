import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StreamflixError } from '@streamflix/contracts';
import { fileTypeFromBuffer } from 'file-type';
import { guardedInput } from './input-args.ts';
import { jpegSize } from './jpeg-size.ts';
import { withThreads } from './limits.ts';
import { type MediaConfig, runTool, slotOf } from './tool.ts';

const timeLimitMs = 60_000;
const longestSide = 1920;
const sniffedBytes = 4100;

/** By the media type that the first bytes show. */
const demuxers: Record<string, string> = { 'image/jpeg': 'jpeg_pipe', 'image/png': 'png_pipe', 'image/webp': 'webp_pipe' };

const unusable = (message: string, cause?: unknown): StreamflixError =>
  new StreamflixError('THUMBNAIL_UNUSABLE', { message, cause });

async function demuxerOfPicture(path: string): Promise<string> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(sniffedBytes), 0, sniffedBytes, 0);
  const mime = (await fileTypeFromBuffer(buffer.subarray(0, bytesRead)))?.mime ?? 'unknown';
  const demuxer = demuxers[mime];
  if (demuxer === undefined) throw unusable(`The thumbnail is no JPEG, PNG or WebP but ${mime}.`);
  return demuxer;
}

/** Damage is an error, and so is anything but one whole picture; what it carries beside its pixels stays behind. */
export const buildPosterArgs = (demuxer: string, input: string, output: string): string[] => [
  ...['-v', 'error', '-nostdin', '-y', '-xerror', '-err_detect', 'explode'],
  ...guardedInput(demuxer),
  ...['-i', input, '-map', '0:v:0', '-frames:v', '1'],
  '-vf',
  `scale=w='min(${longestSide},iw)':h='min(${longestSide},ih)':force_original_aspect_ratio=decrease:flags=bicubic,setsar=1,format=yuvj420p`,
  ...['-c:v', 'mjpeg', '-q:v', '3', '-map_metadata', '-1', '-f', 'image2', '-update', '1', output],
];

export interface PosterRun {
  /** The picture as it was uploaded, a local file. */
  input: string;
  /** Gets poster.jpg. */
  outputDir: string;
  media: MediaConfig;
  signal: AbortSignal;
}

export interface Poster {
  path: string;
  width: number;
  height: number;
}

/** Makes an ordinary JPEG, at most 1920 a side, of a stranger's picture. Throws THUMBNAIL_UNUSABLE. */
export async function makePoster({ input, outputDir, media, signal }: PosterRun): Promise<Poster> {
  const demuxer = await demuxerOfPicture(input);
  const path = join(outputDir, 'poster.jpg');
  try {
    await runTool(media, 'ffmpeg', {
      args: withThreads(buildPosterArgs(demuxer, input, path), slotOf(media).threads),
      ...{ readOnlyPaths: [input], writableDir: outputDir },
      ...{ signal, timeLimitMs, stallMs: timeLimitMs },
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof StreamflixError) throw error;
    throw unusable('The thumbnail cannot be decoded.', error);
  }
  const size = jpegSize(await readFile(path));
  if (size === null) throw unusable('The thumbnail cannot be decoded.');
  return { path, ...size };
}
