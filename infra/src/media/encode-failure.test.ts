import { StreamflixError } from '@streamflix/contracts';
import { expect, it } from 'vitest';
import { classifyEncodeFailure, isDeviceFailure, readDecodedFrames } from './encode-failure.ts';
import { ProcessFailure } from './process.ts';

const failed = (...stderr: string[]): ProcessFailure =>
  new ProcessFailure({ program: 'ffmpeg', exitCode: 1, exitSignal: null, stderr, commandLine: 'ffmpeg' });

it.each([
  ['[out#0/mp4 @ 0x1] [error] Error writing trailer of x.mp4: No space left on device', 'DISK_FULL'],
  ['[error] Error while decoding stream #0:0: Invalid data found when processing input', 'SOURCE_CORRUPT'],
  ['[warning] foo.mp4: corrupt decoded frame in stream 0', 'SOURCE_CORRUPT'],
  ['[h264 @ 0x1] [error] error while decoding MB 12 3, bytestream -5', 'SOURCE_CORRUPT'],
  ['[h264 @ 0x1] [error] Invalid NAL unit size (1515870810 > 9778).', 'SOURCE_CORRUPT'],
  ['[NULL @ 0x1] [error] missing picture in access unit with size 10846', 'SOURCE_CORRUPT'],
  ['[aac @ 0x1] [error] channel element 2.13 is not allocated', 'SOURCE_CORRUPT'],
  ['[ImgUtils @ 0x1] [error] Picture size 16384x8640 exceeds specified max pixel count 36000000', 'SOURCE_TOO_LARGE'],
  ['x264 [error]: malloc of size 44329344 failed', 'ENCODER_OVER_LIMIT'],
  ['[error] Error while filtering: Cannot allocate memory', 'ENCODER_OVER_LIMIT'],
  ['[fatal] source: corrupt input packet in stream 0', 'SOURCE_CORRUPT'],
  ['[error] Decoder (codec none) not found for input stream #0:0', 'SOURCE_UNSUPPORTED'],
  ['[error] Could not write header for output file #0 (incorrect codec parameters ?): No space left on device', 'DISK_FULL'],
  ['[libx264 @ 0x1] [error] something new', 'ENCODER_FAILED'],
  [
    '[libx264 @ 0x1] [info] using cpu capabilities: MMX2 SSE2\n[error] Error while opening encoder for output stream #0:0',
    'ENCODER_OVER_LIMIT',
  ],
  [
    '[libx264 @ 0x1] [error] Error setting profile x.\n[error] Error while opening encoder for output stream #0:0',
    'ENCODER_FAILED',
  ],
  ['', 'ENCODER_FAILED'],
])('ffmpeg that says "%s" means %s', (line, code) => {
  expect(classifyEncodeFailure(failed(line))).toMatchObject({ code, details: { exitCode: 1, commandLine: 'ffmpeg' } });
});

it('what is no failure of the encoder stays what it is', () => {
  const cancelled = new StreamflixError('JOB_CANCELLED');
  expect(classifyEncodeFailure(cancelled)).toBe(cancelled);
});

it('decoded frames are those of the graph that ran', () => {
  const lines = [
    '[Parsed_fps_0 @ 0x55] [verbose] 0 frames in, 0 frames out; 0 frames dropped, 0 frames duplicated.',
    '[libx264 @ 0x55] [info] frame I:4',
    '[Parsed_fps_1 @ 0x56] [verbose] 210 frames in, 211 frames out; 0 frames dropped, 1 frames duplicated.',
  ];
  expect(readDecodedFrames(lines)).toBe(210);
  expect(readDecodedFrames(['nothing'])).toBeNull();
});

it.each([
  ["[fatal] Unknown encoder 'nosuch'", 'build'],
  ['[error] /out/360p.mp4: Permission denied', 'permission'],
  ['bwrap: setting up uid map: Permission denied', 'sandbox'],
  ['[h264_nvenc @ 0x1] [error] Cannot load libcuda.so.1', 'hardware'],
  ['[h264_qsv @ 0x1] [error] Error initializing an internal MFX session: unsupported (-3)', 'hardware'],
  ['[AVHWDeviceContext @ 0x1] [error] No VA display found for device /dev/dri/renderD128.', 'hardware'],
  ['[error] who knows', 'unknown'],
])('ffmpeg that says "%s" failed through no fault of the source, but of its %s', (line, reason) => {
  const failure = failed(line);
  expect(classifyEncodeFailure(failure)).toMatchObject({ code: 'ENCODER_FAILED', details: { reason } });
  expect(isDeviceFailure(failure)).toBe(reason === 'hardware');
  expect(isDeviceFailure(classifyEncodeFailure(failure))).toBe(reason === 'hardware');
});
