import type { Rational } from '@streamflix/contracts';
import { type BarcodeOptions, drawBarcode } from './barcode.ts';
import { clickSeconds, clicks } from './clicks.ts';
import type { CorpusEntry, ExpectedPackage, ExpectedVideo, SourcePicture, Step } from './entry.ts';

export const rate = (numerator: number, denominator = 1): Rational => ({ numerator, denominator });

export interface PictureOptions extends BarcodeOptions {
  width?: number;
  height?: number;
  frameRate?: Rational;
  seconds?: number;
  pixelFormat?: string;
}

/** Of what is also played: a player has time to change its rung and to change it back. */
export const long = 8;

const usual = { width: 640, height: 360, frameRate: rate(25), seconds: 3 };

/** Numbered pictures as an input of ffmpeg. */
export function pictures(options: PictureOptions = {}): string[] {
  const { width, height, frameRate, seconds, pixelFormat = 'yuv420p', ...drawn } = { ...usual, ...options };
  const { numerator, denominator } = frameRate;
  const size = `s=${width}x${height}:r=${numerator}/${denominator}:d=${seconds},format=${pixelFormat}`;
  return ['-f', 'lavfi', '-i', `${drawn.framed ? 'testsrc2=' : 'color=c=black:'}${size},${drawBarcode(drawn)}`];
}

/** Clicks as an input of ffmpeg. */
export const sound = (seconds = usual.seconds, layout: 'mono' | 'stereo' | '5.1' = 'stereo'): string[] => [
  ...['-f', 'lavfi', '-i', clicks({ seconds, layout })],
];

export const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
export const aac = ['-c:a', 'aac', '-b:a', '96k'];
export const copy = ['-c', 'copy'];

export const ffmpeg = (...args: string[]): Step => ({ does: 'ffmpeg', args });

/** Pictures of an even rate, from a number and a time on. */
export const evenly = (count: number, frameRate: Rational, { first = 0, from = 0, step = 1 } = {}): SourcePicture[] =>
  Array.from({ length: count }, (_, index) => ({
    number: first + index * step,
    seconds: from + (index * frameRate.denominator) / frameRate.numerator,
  }));

/** What must hold of pictures that are neither cut nor moved nor resampled; with what is different. */
export function whole(options: PictureOptions = {}, more: Partial<ExpectedVideo> = {}): ExpectedVideo {
  const { width, height, frameRate, seconds } = { ...usual, ...options };
  const frames = Math.ceil((seconds * frameRate.numerator) / frameRate.denominator);
  return { width, height, frameRate, frames, pictures: evenly(frames, frameRate), ...more };
}

/** Seconds at which there is a whole click in a sound of this length. */
export const everySecond = (seconds: number, from = 0): number[] =>
  Array.from({ length: Math.ceil(seconds - clickSeconds) - from }, (_, index) => from + index);

/** An entry of pictures and clicks that begin and end together, in one file made by one command. */
export function plain(
  file: string,
  options: PictureOptions & { args?: string[]; video?: Partial<ExpectedVideo>; found?: ExpectedPackage['found'] } = {},
): CorpusEntry {
  const { args = [], video = {}, found = {} } = options;
  const seconds = options.seconds ?? usual.seconds;
  return {
    name: file.replace(/\.[^.]+$/, ''),
    file,
    steps: [ffmpeg(...pictures(options), ...sound(seconds), ...h264, ...aac, ...args, file)],
    expected: { video: whole(options, video), clicks: everySecond(seconds), found },
  };
}
