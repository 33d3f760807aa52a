import type { FieldOrder, Rational, SourceInfo, Transfer } from '@streamflix/contracts';

/** One step of making a file, in a folder of its own where every name is plain. */
export type Step =
  | { does: 'ffmpeg'; args: readonly string[] }
  /** Bytes one after the other, as a recorder does that was interrupted. */
  | { does: 'append'; from: readonly string[]; to: string }
  | { does: 'write'; to: string; text: string }
  | { does: 'write-pgs'; to: string }
  /** Puts a rotation into the display matrix. */
  | { does: 'turn'; file: string; degrees: 90 | 180 | 270 };

/** A picture of the source by its number, and when it is shown, counted from where the container begins. */
export interface SourcePicture {
  number: number;
  seconds: number;
}

export interface ExpectedVideo {
  /** As displayed. */
  width: number;
  height: number;
  /** Of the output. */
  frameRate: Rational;
  /** Pictures of every rung. */
  frames: number;
  pictures: readonly SourcePicture[];
  /** Where colours are the point: what the output is tagged as, how bright white is on the scale of 16 to 235, how far its tint is from grey. */
  colour?: {
    primaries: string;
    transfer: string;
    matrix: string;
    white: readonly [number, number];
    saturation?: readonly [number, number];
  };
}

/** What must hold of the package, whoever looks. */
export interface ExpectedPackage {
  video: ExpectedVideo;
  /** Seconds of the source at which a click is heard; null without sound. */
  clicks: readonly number[] | null;
  /** When the second 0 of the clicks would be heard; 0 when absent. */
  clicksFrom?: number;
  /** What the probe must have found, beside what can be seen in the package. */
  found?: {
    fieldOrder?: FieldOrder;
    transfer?: Transfer;
    bitDepth?: number;
    rotation?: number;
    isVariable?: boolean;
    languages?: readonly (string | null)[];
    channels?: number;
    text?: readonly SourceInfo['text'][number]['format'][];
    chapters?: number;
  };
}

export interface ExpectedSound {
  soundSeconds: number;
  clicks: readonly number[];
}

export interface CorpusEntry {
  /** What is special about it. */
  name: string;
  /** The last file that the steps make. */
  file: string;
  steps: readonly Step[];
  /** A package with pictures, one of sound alone, or a typed refusal by the widest limits. */
  expected: ExpectedPackage | ExpectedSound | { refusal: string };
}

export const isPackage = (expected: CorpusEntry['expected']): expected is ExpectedPackage => 'video' in expected;
export const isRefused = (expected: CorpusEntry['expected']): expected is { refusal: string } => 'refusal' in expected;
