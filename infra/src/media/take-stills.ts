import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type SourceVideo, type StillsPlan, StreamflixError } from '@streamflix/contracts';
import { classifyEncodeFailure } from './encode-failure.ts';
import { withThreads } from './limits.ts';
import { buildStillsArgs } from './stills-args.ts';
import { type MediaConfig, runTool, slotOf } from './tool.ts';

/** A few pictures, each some seconds of decoding away from a key frame. */
const timeLimitMs = 10 * 60_000;

export interface StillsRun {
  stills: StillsPlan;
  /** The rung of the stills as one file. */
  input: string;
  /** Of the source: it says what colours a rung has. */
  video: SourceVideo;
  /** Made where it is not there. */
  outputDir: string;
  media: MediaConfig;
  signal: AbortSignal;
}

/** Named by percent: thumbnail-000.jpg to thumbnail-100.jpg. */
export const thumbnailName = (position: number): string => `thumbnail-${String(Math.round(position * 100)).padStart(3, '0')}.jpg`;

/** Takes a picture of a finished rung at each position and gives their names in that order. Throws ENCODER_FAILED where one is missing. */
export async function takeStills({ stills, input, video, outputDir, media, signal }: StillsRun): Promise<string[]> {
  await mkdir(outputDir, { recursive: true });
  const args = buildStillsArgs({ input, video, stills, outputPath: (position) => join(outputDir, thumbnailName(position)) });
  try {
    await runTool(media, 'ffmpeg', {
      args: withThreads(args, slotOf(media).threads),
      ...{ readOnlyPaths: [input], writableDir: outputDir },
      ...{ signal, timeLimitMs, stallMs: timeLimitMs },
    });
  } catch (error) {
    throw signal.aborted ? error : classifyEncodeFailure(error);
  }
  const names = stills.positions.map(thumbnailName);
  for (const name of names) {
    const sizeBytes = await stat(join(outputDir, name)).then(
      ({ size }) => size,
      () => 0,
    );
    if (sizeBytes === 0)
      throw new StreamflixError('ENCODER_FAILED', { message: `${stills.rung.name} has no picture for ${name}.` });
  }
  return names;
}
