import { execFileSync } from 'node:child_process';
import type { Chunk, SourceWithVideo, VideoRendition } from '@streamflix/contracts';
import { buildVideoArgs } from '../encode-args.ts';
import { testMedia } from './test-media.ts';

const lossy = new Set(['-profile:v', '-maxrate', '-bufsize', '-preset', '-x264-params']);

/** The arguments of an encode with nothing changed but that no picture loses anything by it. */
const withoutLoss = (args: readonly string[]): string[] =>
  args.flatMap((arg, index) => {
    const before = args[index - 1] ?? '';
    if (lossy.has(arg) || lossy.has(before)) return [];
    if (arg === '-crf') return ['-preset', 'ultrafast', '-qp'];
    return before === '-crf' ? ['0'] : [arg];
  });

export interface LosslessEncode {
  input: string;
  isPiece?: boolean;
  source: SourceWithVideo;
  chunk: Chunk;
  rendition: VideoRendition;
  outputPath: string;
}

/** Encodes a chunk as the platform does, but without loss. */
export function encodeLosslessly({ rendition, outputPath, ...rest }: LosslessEncode): string {
  const args = buildVideoArgs({ ...rest, renditions: [rendition], outputPath: () => outputPath });
  execFileSync(testMedia.ffmpegPath, withoutLoss(args), { stdio: ['ignore', 'ignore', 'pipe'], maxBuffer: 64 * 1024 * 1024 });
  return outputPath;
}

/** When each picture of a file appears and the hash of what it shows, in order. */
export function picturesOf(path: string): string[] {
  const args = [
    '-v',
    'error',
    '-i',
    path,
    '-map',
    '0:v:0',
    '-fps_mode',
    'passthrough',
    '-enc_time_base',
    '-1',
    '-f',
    'framemd5',
    '-',
  ];
  const hashes = execFileSync(testMedia.ffmpegPath, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return hashes
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => {
      const [, , pts = '', , , hash = ''] = line.split(',').map((part) => part.trim());
      return `${pts} ${hash}`;
    });
}
