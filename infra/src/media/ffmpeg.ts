import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Chunk,
  framesPerSecond,
  type SourceInfo,
  type SourceWithVideo,
  StreamflixError,
  secondsOfFrames,
  type VideoRendition,
} from '@streamflix/contracts';
import { countOutput } from './count-frames.ts';
import { buildVideoArgs, fileNameOf, framesOfChunk } from './encode-args.ts';
import { classifyEncodeFailure, readDecodedFrames } from './encode-failure.ts';
import { type EncodeProgress, ProgressReader } from './ffmpeg-progress.ts';
import { withThreads } from './limits.ts';
import { type MediaConfig, runTool, slotOf } from './tool.ts';

const usualStallMs = 60_000;
/** However slow a worker is, an encode that takes this many times the length of its video will not end well. */
const slowestSpeed = 1 / 60;
const shortestLimitMs = 10 * 60_000;
/** Decoders leave out the first pictures of an open GOP, and a time base rounds. */
const lostFrames = { share: 0.02, few: 8 };

export interface EncodeRun<S extends SourceInfo = SourceInfo> {
  /** The source as a local file. */
  input: string;
  /** The input is a piece that was cut for this work, with the source's times. */
  isPiece?: boolean;
  source: S;
  /** Gets the finished files and nothing else. */
  outputDir: string;
  media: MediaConfig;
  signal: AbortSignal;
  /** How much is done, 0 to 1, and times as fast as playing. */
  onProgress?: (fraction: number, speed: number | null) => void;
}

export interface EncodedFile {
  rendition: string;
  path: string;
  sizeBytes: number;
  durationSeconds: number;
  /** Pictures or audio packets in it. */
  frames: number;
}

interface Encode extends EncodeRun {
  args: string[];
  stallMs?: number;
  fractionOf(progress: EncodeProgress): number;
}

export const timeLimitMs = ({ durationSeconds }: SourceInfo): number =>
  Math.max(shortestLimitMs, (durationSeconds * 1000) / slowestSpeed);

/** Runs ffmpeg into a folder of unfinished files. Gives its last words; throws the typed error of a failure. */
export async function runFfmpeg(
  { input, source, media, signal, onProgress, args, stallMs = usualStallMs, fractionOf }: Encode,
  dir: string,
): Promise<string[]> {
  const progress = new ProgressReader();
  let isFinalising = false;
  try {
    const { stderr } = await runTool(media, 'ffmpeg', {
      args: withThreads(args, slotOf(media).threads),
      readOnlyPaths: [input],
      writableDir: dir,
      signal,
      stallMs,
      timeLimitMs: timeLimitMs(source),
      isProgress: progress.isProgress,
      onStdoutLine: (line) => {
        const seen = progress.read(line);
        if (seen === null) return;
        const fraction = Math.min(1, fractionOf(seen));
        isFinalising = fraction === 1;
        onProgress?.(fraction, seen.speed);
      },
      isFinalising: () => isFinalising,
    });
    return stderr;
  } catch (error) {
    throw signal.aborted ? error : classifyEncodeFailure(error);
  }
}

/** Runs `work` with a folder for unfinished files beside the finished ones; it is gone afterwards, whatever happened. */
export async function inPartialDir<T>(outputDir: string, work: (dir: string) => Promise<T>): Promise<T> {
  const dir = join(outputDir, '.partial');
  await mkdir(dir, { recursive: true });
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

export const corrupt = (message: string, details: Record<string, unknown>): StreamflixError =>
  new StreamflixError('SOURCE_CORRUPT', { message, details });

/** A decoder that left out pictures without a word shows up here: the grid was filled with repetitions. */
function assertDecoded(
  stderr: readonly string[],
  source: SourceWithVideo,
  { startFrame }: Chunk,
  frames: number,
  rate: VideoRendition,
): void {
  const decoded = readDecodedFrames(stderr);
  if (decoded === null || source.video.variableFrameRate || source.video.lastFrameSeconds === undefined) return;
  const sourceFps = framesPerSecond(source.video.frameRate);
  const from = Math.max(secondsOfFrames(startFrame, rate.frameRate), source.video.firstFrameSeconds ?? 0);
  const to = Math.min(secondsOfFrames(startFrame + frames, rate.frameRate), source.video.lastFrameSeconds + 1 / sourceFps);
  const expected = Math.round((to - from) * sourceFps);
  if (decoded < expected - Math.max(lostFrames.few, expected * lostFrames.share))
    throw corrupt('The decoder lost pictures of the source.', { decoded, expected });
}

export async function finishFile(partial: string, final: string): Promise<{ path: string; sizeBytes: number }> {
  const { size } = await stat(partial);
  if (size === 0) throw new StreamflixError('ENCODER_FAILED', { message: 'The encoder left an empty file.' });
  await rename(partial, final);
  return { path: final, sizeBytes: size };
}

/** Encodes one chunk into all its renditions, each `<name>.mp4`. Every file has exactly the frames the plan promises, or none is there. */
export async function encodeVideo(
  run: EncodeRun<SourceWithVideo> & { chunk: Chunk; renditions: readonly VideoRendition[] },
): Promise<EncodedFile[]> {
  const { input, isPiece = false, source, chunk, renditions, outputDir, signal } = run;
  const [first] = renditions;
  if (first === undefined) return [];
  const frames = framesOfChunk(source, chunk, first);
  return inPartialDir(outputDir, async (dir) => {
    const partialOf = (rendition: VideoRendition): string => join(dir, fileNameOf(rendition));
    const stderr = await runFfmpeg(
      {
        ...run,
        args: buildVideoArgs({ input, isPiece, source, chunk, renditions, outputPath: partialOf }),
        fractionOf: ({ frame }) => frame / frames,
      },
      dir,
    );
    assertDecoded(stderr, source, chunk, frames, first);
    for (const rendition of renditions) {
      const { packets } = await countOutput(partialOf(rendition), signal);
      if (packets !== frames)
        throw corrupt('The source gave fewer pictures than its packets promise.', { rendition: rendition.name, packets, frames });
    }
    const files: EncodedFile[] = [];
    for (const rendition of renditions) {
      const finished = await finishFile(partialOf(rendition), join(outputDir, fileNameOf(rendition)));
      const durationSeconds = secondsOfFrames(frames, rendition.frameRate);
      files.push({ rendition: rendition.name, ...finished, durationSeconds, frames });
    }
    return files;
  });
}
