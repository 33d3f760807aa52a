import { type ErrorCode, StreamflixError } from '@streamflix/contracts';
import { ProcessFailure } from './process.ts';

interface Meaning {
  code: ErrorCode;
  /** What went wrong, in a word for logs and signatures. */
  reason: string;
}

const damaged: Meaning = { code: 'SOURCE_CORRUPT', reason: 'damaged' };
const hardware: Meaning = { code: 'ENCODER_FAILED', reason: 'hardware' };

/** What ffmpeg's complaints mean, the first that matches. Lines carry their level: `[h264 @ 0x..] [error] ...`. */
const meanings: readonly (readonly [RegExp, Meaning])[] = [
  [/^bwrap: /m, { code: 'ENCODER_FAILED', reason: 'sandbox' }],
  [/No space left on device|Disk quota exceeded/, { code: 'DISK_FULL', reason: 'disk full' }],
  [/exceeds specified max pixel count/, { code: 'SOURCE_TOO_LARGE', reason: 'picture size' }],
  // Before damage: a driver that goes away makes the decoder complain as well.
  [
    /\bCUDA_ERROR_|nvenc\w* @ .*\[error\]|Cannot load (libcuda|libnvidia|nvcuda)|No NVENC capable devices|OpenEncodeSession/,
    hardware,
  ],
  [
    /MFX session|MFX_ERR_|\bqsv\w* @ .*\[error\]|\bvaapi @ .*\[error\]|_vaapi @ .*\[error\]|No VA display found|vaInitialize/,
    hardware,
  ],
  [/AVHW(Device|Frames)Context @ .*\[error\]|Device creation failed|Failed to (create|initialise) (VAAPI|CUDA) /, hardware],
  [/Decoder \(codec [^)]*\) not found|Decoder not found|has no decoder/, { code: 'SOURCE_UNSUPPORTED', reason: 'no decoder' }],
  [/Unknown encoder|Encoder not found|No such filter|Unrecognized option/, { code: 'ENCODER_FAILED', reason: 'build' }],
  [/Permission denied|Operation not permitted|Read-only file system/, { code: 'ENCODER_FAILED', reason: 'permission' }],
  [
    /corrupt (decoded frame|input packet)|Error while decoding stream|Error submitting packet to decoder|Decode error rate/,
    damaged,
  ],
  [/Invalid data found when processing input|moov atom not found|error while decoding MB/, damaged],
  [/Invalid NAL unit size|Error splitting the input into NAL units|missing picture in access unit/, damaged],
  [/channel element \d+\.\d+ is not allocated/, damaged],
  [/partial file|File ended prematurely|Error during demuxing/, damaged],
  // x264 that gets no memory for its threads breaks off there and does not say why; of settings that it does not take it complains.
  [/using cpu capabilities: .*\n.*Error while opening encoder/, { code: 'ENCODER_OVER_LIMIT', reason: 'memory' }],
];

const unknown: Meaning = { code: 'ENCODER_FAILED', reason: 'unknown' };

const meaningOf = ({ exceeded, stderr }: ProcessFailure): Meaning => {
  if (exceeded !== null) return { code: 'ENCODER_OVER_LIMIT', reason: exceeded };
  const text = stderr.join('\n');
  return meanings.find(([pattern]) => pattern.test(text))?.[1] ?? unknown;
};

/** Whether of an encode on a device it was the device, its driver or its memory that failed or hung, and not the source: the same in software may go well. */
export const isDeviceFailure = (failure: unknown): boolean =>
  failure instanceof StreamflixError
    ? failure.details?.reason === hardware.reason || failure.code === 'ENCODER_STALLED'
    : failure instanceof ProcessFailure && meaningOf(failure) === hardware;

/** The typed error of a failed run; anything that is no failure of the child (abort, stall) stays what it is. */
export function classifyEncodeFailure(failure: unknown): unknown {
  if (!(failure instanceof ProcessFailure)) return failure;
  const { code, reason } = meaningOf(failure);
  const details = {
    reason,
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
