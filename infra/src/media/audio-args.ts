import type { AudioRendition, SourceAudio, SourceInfo } from '@streamflix/contracts';
import { fromZero, plainMp4, preamble, seconds } from './encode-args.ts';
import { demuxerOf, guardedInput } from './input-args.ts';

/** Half a decibel below the -1 dBTP that players are promised: AAC gives back peaks a little higher than it was given. */
export const limitDb = -1.5;
const limiterOf = (db: number): string =>
  `alimiter=limit=${(10 ** (db / 20)).toFixed(4)}:attack=5:release=50:level=false:latency=true`;
/** Peaks between the samples are seen at four times their rate (ITU-R BS.1770, annex 2). */
const oversampled = (filter: string, sampleRate: number): string[] => [
  `aresample=${4 * sampleRate}`,
  filter,
  `aresample=${sampleRate}`,
];

/** What loudness asks of a rendition. */
export interface Gain {
  db: number;
  /** Whether the gain lifts peaks over what is allowed. */
  needsLimiter: boolean;
}

export interface AudioArgs {
  input: string;
  source: SourceInfo;
  rendition: AudioRendition;
  outputPath: string;
  gain?: Gain | undefined;
}

const channelsKnown = 8;
const trackOf = ({ audio }: SourceInfo, { sourceIndex }: AudioRendition): SourceAudio | undefined =>
  audio.find(({ index }) => index === sourceIndex);

/**
 * To the rendition's channels, from zero on: gaps and a late begin become silence, drift is pulled back. Down-mix by ITU-R BS.775: centre and surrounds at -3 dB, no low-frequency channel, in floating point so that
 * sums above full scale are not cut off but left to the limiter. One channel becomes two equal ones, at its own level. Where nobody knows
 * which channel is which, the first two are the mix by custom.
 */
function mixFilters(source: SourceInfo, rendition: AudioRendition): string[] {
  const channels = trackOf(source, rendition)?.channels ?? 2;
  const layout = rendition.channels > 2 ? '5.1' : 'stereo';
  const pairOf = (left: number, right: number): string[] => [`pan=stereo|c0=c${left}|c1=c${right}`];
  const numbered = channels === 1 ? pairOf(0, 0) : channels > channelsKnown ? pairOf(0, 1) : [];
  const onTime = 'async=1:first_pts=0';
  return [
    ...numbered,
    ...fromZero('asetpts', source.startSeconds ?? 0),
    'aformat=sample_fmts=fltp',
    `aresample=${rendition.sampleRate}:ochl=${layout}:rematrix_maxval=1000:${onTime}`,
  ];
}

const isDownMix = (source: SourceInfo, rendition: AudioRendition): boolean => {
  const channels = trackOf(source, rendition)?.channels ?? 2;
  return channels > rendition.channels && channels <= channelsKnown;
};

/** A rendition whose loudness is set needs a limiter only when its gain says so; else only sums of channels can exceed full scale. */
function levelFilters(source: SourceInfo, rendition: AudioRendition, gain: Gain | undefined): string[] {
  if (gain === undefined) return isDownMix(source, rendition) ? [limiterOf(limitDb)] : [];
  const lifted = gain.db === 0 ? [] : [`volume=${gain.db.toFixed(2)}dB:precision=float`];
  return gain.needsLimiter ? [...lifted, ...oversampled(limiterOf(limitDb), rendition.sampleRate)] : lifted;
}

const openedTrack = ({ input, source, rendition }: Pick<AudioArgs, 'input' | 'source' | 'rendition'>): string[] => [
  ...preamble,
  ...guardedInput(demuxerOf(source)),
  ...['-i', input],
  ...['-map', `0:a:${rendition.sourceIndex}`, '-vn', '-sn', '-dn'],
];

/** Sound from zero to the end of the video: an early end is filled up with silence. */
export function buildAudioArgs(args: AudioArgs): string[] {
  const { source, rendition, outputPath, gain } = args;
  const { channels, sampleRate, bitrateKbps } = rendition;
  const length = seconds(source.durationSeconds);
  const toTheEnd = [`apad=whole_dur=${length}`, `atrim=end=${length}`];
  const filters = [...mixFilters(source, rendition), ...levelFilters(source, rendition, gain), ...toTheEnd];
  return [
    ...openedTrack(args),
    ...['-af', filters.join(',')],
    ...['-c:a', 'aac', '-b:a', `${bitrateKbps}k`, '-ac', String(channels), '-ar', String(sampleRate)],
    ...plainMp4,
    outputPath,
  ];
}

/** Listens to the rendition as it would be without a limiter, and writes nothing. */
export function buildLoudnessArgs(args: Pick<AudioArgs, 'input' | 'source' | 'rendition'>): string[] {
  const filters = [...mixFilters(args.source, args.rendition), 'ebur128=peak=true:framelog=verbose'];
  return [...openedTrack(args), '-af', filters.join(','), '-f', 'null', '-'];
}
