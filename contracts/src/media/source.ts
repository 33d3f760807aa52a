import { StreamflixError } from '../errors/streamflix-error.ts';

/** What the probe finds in a source: true sizes, times and tracks, read from its packets and not from its claims. */

/** An exact rate or time base: frames a second as numerator / denominator. */
export interface Rational {
  numerator: number;
  denominator: number;
}

/** How code values become light: ordinary video, or one of the two curves of high dynamic range (SMPTE ST 2084, ARIB STD-B67). */
export type Transfer = 'sdr' | 'pq' | 'hlg';

/** As the stream tags it, in ffmpeg's names; null where it says nothing. */
export interface SourceColour {
  transfer: Transfer;
  primaries: string | null;
  matrix: string | null;
  range: 'limited' | 'full';
  bitDepth: number;
}

/** Which field of an interlaced picture is shown first. */
export type FieldOrder = 'progressive' | 'top-first' | 'bottom-first';

export interface SourceVideo {
  codec: string;
  /** As displayed: after rotation and sample aspect. */
  width: number;
  height: number;
  /** Clockwise degrees the decoder must turn the picture: 0, 90, 180, 270. */
  rotation: number;
  frameRate: Rational;
  /** Whether frames are not evenly spaced; the output is made even. */
  variableFrameRate: boolean;
  pixelFormat: string;
  fieldOrder: FieldOrder;
  colour: SourceColour;
  /** When the first picture that can be decoded appears; sound may begin before it, and a recording in the middle of a GOP. */
  firstFrameSeconds?: number;
  /** When the last picture appears, from the start of the file; the sound may go on after it. */
  lastFrameSeconds?: number;
}

export interface SourceAudio {
  /** Index among the audio streams, from 0. */
  index: number;
  codec: string;
  channels: number;
  /** ffmpeg's name of the channel layout: 5.1(side). */
  layout: string | null;
  sampleRate: number;
  language: string | null;
  title: string | null;
  isDefault: boolean;
}

export interface SourceText {
  /** Index among the subtitle streams, from 0. */
  index: number;
  codec: string;
  /** Pictures cannot be made text of: they are reported, not carried over. */
  format: 'text' | 'picture';
  language: string | null;
  title: string | null;
  isDefault: boolean;
  isForced: boolean;
  forHearingImpaired: boolean;
}

export interface SourceChapter {
  startSeconds: number;
  endSeconds: number;
  title: string | null;
}

/** What the probe found in a source. */
export interface SourceInfo {
  /** ffprobe's name of the demuxer: mov,mp4,m4a,3gp,3g2,mj2. */
  container: string;
  sizeBytes: number;
  /** The container's time that is our zero, for all its streams; 0 when absent. */
  startSeconds?: number;
  /** Where a recording's clock was set anew; it is read by one clock throughout, and all times here are of that. Absent for none. */
  clockSteps?: number;
  /** From the packets, not from the container's claim. */
  durationSeconds: number;
  /** Null for sound alone. */
  video: SourceVideo | null;
  audio: SourceAudio[];
  text: SourceText[];
  chapters: SourceChapter[];
}

export type SourceWithVideo = SourceInfo & { video: SourceVideo };

export const hasVideo = (source: SourceInfo): source is SourceWithVideo => source.video !== null;

/** The source for work on its pictures. Throws INTERNAL_ERROR: such work is never planned of sound alone. */
export function requireVideo(source: SourceInfo): SourceWithVideo {
  if (hasVideo(source)) return source;
  throw new StreamflixError('INTERNAL_ERROR', { message: 'work on pictures is planned for sound alone' });
}
