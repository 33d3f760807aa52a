import { type SourceVideo, type StillsPlan, secondsOfFrames } from '@streamflix/contracts';
import { stillColours } from './colour.ts';
import { preamble, seconds } from './encode-args.ts';
import { guardedInput } from './input-args.ts';

export interface StillsArgs {
  /** The rung as one file, with its first frame at zero. */
  input: string;
  video: SourceVideo;
  stills: StillsPlan;
  outputPath(position: number): string;
}

/** An index may name the time of decoding: a seek this much early lands before the frame, whatever the encoder has reordered. */
const leadInSeconds = 1;

/** One ffmpeg that seeks before each still, so that only some seconds of the rung are decoded. */
export function buildStillsArgs({ input, video, stills, outputPath }: StillsArgs): string[] {
  const { rung, frames, positions, width, height } = stills;
  const colours = stillColours(video);
  const betweenFrames = frames.map((frame) => secondsOfFrames(Math.max(0, frame - 0.5), rung.frameRate));
  const inputs = betweenFrames.flatMap((from) => [
    ...guardedInput('mov'),
    ...(from > leadInSeconds ? ['-noaccurate_seek', '-ss', seconds(from - leadInSeconds)] : []),
    ...['-i', input],
  ]);
  const outputs = betweenFrames.flatMap((from, index) => [
    ...['-map', `${index}:V:0`],
    ...['-vf', `trim=start=${seconds(from)},scale=${width}:${height}:flags=bicubic:${colours},setsar=1,format=yuvj420p`],
    ...['-frames:v', '1', '-fps_mode', 'passthrough', '-c:v', 'mjpeg', '-q:v', '3'],
    ...['-map_metadata', '-1', '-f', 'image2', '-update', '1'],
    outputPath(positions[index] ?? 0),
  ]);
  return [...preamble, ...inputs, ...outputs];
}
