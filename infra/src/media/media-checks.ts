import { countFrames, secondsOfFrames, type VideoCodec } from '@streamflix/contracts';
import type { Check } from './manifest-checks.ts';
import type { PackageView, TrackMedia } from './package-view.ts';

const audioToleranceSeconds = 0.1;
/** HLS writes milliseconds. */
const writtenSeconds = 0.002;

/** How the codec string of each codec begins. */
const videoFamilies: Record<VideoCodec, string> = { h264: 'avc1.', hevc: 'hvc1.', av1: 'av01.', vp9: 'vp09.' };

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

/** How long a track plays: the encoder's delay at its begin is hidden, and does not count for sound. */
function playedSeconds({ init, segments }: TrackMedia, kind: 'video' | 'audio'): number {
  const ticks = sum(segments.map(({ duration }) => duration));
  return (ticks - (kind === 'audio' ? init.priming : 0)) / init.timescale;
}

const mediaOf = <T extends { name: string }>(view: PackageView, renditions: T[]): { rendition: T; media: TrackMedia }[] =>
  renditions.flatMap((rendition) => {
    const media = view.media.get(rendition.name);
    return media === undefined ? [] : [{ rendition, media }];
  });

export const everySegmentIsReadable: Check = ({ unreadable }) => unreadable;

/** Every segment but the last has exactly the planned frames, so all rungs can be switched at every boundary. */
export const boundariesAreAligned: Check = (view) =>
  mediaOf(view, view.video).flatMap(({ rendition: { name, segmentFrames }, media }) => {
    const total = sum(media.segments.map(({ samples }) => samples));
    return media.segments.flatMap(({ samples }, index) => {
      const planned = Math.min(segmentFrames, total - index * segmentFrames);
      return samples === planned ? [] : [`segment ${index + 1} of ${name} has ${samples} frames instead of ${planned}`];
    });
  });

export const segmentsBeginWithKeyframes: Check = (view) =>
  mediaOf(view, view.video).flatMap(({ rendition: { name }, media }) =>
    media.segments.flatMap(({ startsWithKeyframe }, index) =>
      startsWithKeyframe ? [] : [`segment ${index + 1} of ${name} does not begin with a keyframe`],
    ),
  );

export const timeLinesHaveNoGaps: Check = (view) =>
  mediaOf(view, [...view.video, ...view.audio]).flatMap(({ rendition: { name }, media }) => {
    let expected = 0;
    return media.segments.flatMap(({ start, duration }, index) => {
      const fault = start === expected ? [] : [`segment ${index + 1} of ${name} begins at ${start} instead of ${expected}`];
      expected = start + duration;
      return fault;
    });
  });

/** What the playlists say a segment takes is what its samples take; sound may differ by the packets around a boundary. */
export const toldDurationsAreTrue: Check = (view) =>
  [view.hls, view.dash].flatMap(({ tracks }) =>
    tracks.flatMap((track) => {
      const media = view.media.get(track.name);
      if (media === undefined) return [];
      const { timescale, priming } = media.init;
      const tolerance = writtenSeconds + (track.kind === 'audio' ? priming / timescale : 0);
      return track.segments.flatMap(({ path, durationSeconds }, index) => {
        const held = (media.segments[index]?.duration ?? 0) / timescale;
        return Math.abs(held - durationSeconds) <= tolerance
          ? []
          : [`${path} is told as ${durationSeconds} s and holds ${held} s`];
      });
    }),
  );

const durationErrors = (view: PackageView): { name: string; kind: 'video' | 'audio'; errorSeconds: number }[] =>
  mediaOf(view, [...view.video, ...view.audio]).map(({ rendition, media }) => ({
    name: rendition.name,
    kind: rendition.kind,
    errorSeconds: Math.abs(playedSeconds(media, rendition.kind) - view.plan.source.durationSeconds),
  }));

/** The largest difference of any track from the plan. */
export const maxDurationError = (view: PackageView): number =>
  Math.max(0, ...durationErrors(view).map(({ errorSeconds }) => errorSeconds));

export const videoLastsAsPlanned: Check = (view) => [
  ...mediaOf(view, view.video).flatMap(({ rendition: { name, frameRate }, media }) => {
    const frames = sum(media.segments.map(({ samples }) => samples));
    const planned = countFrames(view.plan.source.durationSeconds, frameRate);
    const seconds = playedSeconds(media, 'video');
    const wrong =
      Math.abs(frames - planned) > 1 || Math.abs(seconds - secondsOfFrames(planned, frameRate)) > secondsOfFrames(1, frameRate);
    return wrong ? [`${name} has ${frames} frames in ${seconds} s instead of ${planned}`] : [];
  }),
  ...(Math.abs((view.dash.durationSeconds ?? 0) - view.plan.source.durationSeconds) <= audioToleranceSeconds
    ? []
    : [`DASH tells ${view.dash.durationSeconds} s instead of ${view.plan.source.durationSeconds}`]),
];

export const audioLastsAsPlanned: Check = (view) =>
  durationErrors(view)
    .filter(({ kind, errorSeconds }) => kind === 'audio' && errorSeconds > audioToleranceSeconds)
    .map(({ name, errorSeconds }) => `${name} is ${errorSeconds.toFixed(3)} s off`);

/** AV1's string may go on with its colours, which lie elsewhere in the file. */
const saysCodec = (told: string, held: string): boolean =>
  told === held || (held.startsWith('av01.') && told.startsWith(`${held}.`));

export const codecsAreTrue: Check = (view) =>
  mediaOf(view, [...view.video, ...view.audio]).flatMap(({ rendition, media }) => {
    const { name, kind } = rendition;
    const { codec } = media.init;
    const family = rendition.kind === 'video' ? videoFamilies[rendition.codec] : 'mp4a.40.';
    if (codec === null || !codec.startsWith(family)) return [`${name} is ${codec ?? 'of unknown codec'}, not ${family}*`];
    const hls = view.hls.variants.filter(({ track }) => kind === 'audio' || track === name);
    const dash = view.dash.tracks.filter((track) => track.name === name);
    return [...hls.map(({ track, codecs }) => ({ name: track, codecs })), ...dash]
      .filter(({ codecs }) => !codecs.some((told) => saysCodec(told, codec)))
      .map(({ name: teller, codecs }) => `${teller} is told as ${codecs.join(',')} and ${name} holds ${codec}`);
  });

export interface Rates {
  /** Of the segments of ordinary length: a short rest at the end says little about the peak (RFC 8216, 4.1). */
  peakBitsPerSecond: number;
  /** Of all segments, the short rest included: the packager counts it when it is not very short. */
  highestBitsPerSecond: number;
  averageBitsPerSecond: number;
  sizeBytes: number;
}

/** Rates of the segments themselves. */
export function ratesOf({ init, segments }: TrackMedia, segmentSeconds: number): Rates {
  const seconds = (ticks: number): number => ticks / init.timescale;
  const rates = segments.map(({ sizeBytes, duration }) => ({
    seconds: seconds(duration),
    bitsPerSecond: (8 * sizeBytes) / seconds(duration),
  }));
  const highestOf = (some: typeof rates): number => Math.max(0, ...some.map(({ bitsPerSecond }) => bitsPerSecond));
  const ordinary = rates.filter((rate) => rate.seconds >= segmentSeconds / 2);
  const sizeBytes = sum(segments.map((segment) => segment.sizeBytes));
  return {
    peakBitsPerSecond: highestOf(ordinary.length > 0 ? ordinary : rates),
    highestBitsPerSecond: highestOf(rates),
    averageBitsPerSecond: (8 * sizeBytes) / seconds(sum(segments.map(({ duration }) => duration))),
    sizeBytes,
  };
}
