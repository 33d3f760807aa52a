import { type ErrorCode, StreamflixError } from '@streamflix/contracts';
import { ProcessFailure } from './process.ts';

/** What ffmpeg's complaints mean, the first that matches. Lines carry their level: `[h264 @ 0x..] [error] ...`. */
const meanings: readonly (readonly [RegExp, ErrorCode])[] = [
  [/No space left on device|Disk quota exceeded/, 'DISK_FULL'],
  [/exceeds specified max pixel count/, 'SOURCE_TOO_LARGE'],
  [/corrupt decoded frame|Error while decoding stream|Error submitting packet to decoder|Decode error rate/, 'SOURCE_CORRUPT'],
  [/Invalid data found when processing input|moov atom not found|error while decoding MB/, 'SOURCE_CORRUPT'],
  [/Invalid NAL unit size|Error splitting the input into NAL units|missing picture in access unit/, 'SOURCE_CORRUPT'],
  [/channel element \d+\.\d+ is not allocated/, 'SOURCE_CORRUPT'],
  [/partial file|File ended prematurely|Error during demuxing/, 'SOURCE_CORRUPT'],
];

/** The typed error of a failed run; anything that is no failure of the child (abort, stall) stays what it is. */
export function classifyEncodeFailure(failure: unknown): unknown {
  if (!(failure instanceof ProcessFailure)) return failure;
  const text = failure.stderr.join('\n');
  const code = meanings.find(([pattern]) => pattern.test(text))?.[1] ?? 'ENCODER_FAILED';
  const details = {
    exitCode: failure.exitCode,
    signal: failure.exitSignal,
    stderr: failure.stderr.filter((line) => /\[(error|fatal|warning)\]/.test(line)).slice(-5),
    commandLine: failure.commandLine,
  };
  return new StreamflixError(code, { details, cause: failure });
}

/** Pictures that came out of the decoder, as the frame-rate filter counted them. Null where it did not say. */
export function readDecodedFrames(stderr: readonly string[]): number | null {
  const counts = stderr
    .map((line) => /\[Parsed_fps_\d+ @ .*\] (\d+) frames in, \d+ frames out/.exec(line)?.[1])
    .filter((count) => count !== undefined);
  // The graph is set up once to be looked at, and that one counts nothing.
  return counts.length === 0 ? null : Math.max(...counts.map(Number));
}
