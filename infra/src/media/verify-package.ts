import {
  type AudioTrack,
  type CheckResult,
  describeLeftOut,
  framesPerSecond,
  type JobPlan,
  type PackagedRendition,
  type TextTrack,
} from '@streamflix/contracts';
import { chapterFiles, listChapters } from './chapters.ts';
import type { Check } from './manifest-checks.ts';
import * as manifest from './manifest-checks.ts';
import * as media from './media-checks.ts';
import { type PackageView, viewPackage } from './package-view.ts';
import * as rates from './rate-checks.ts';
import * as text from './text-checks.ts';
import { wholeTextName } from './text-package.ts';
import * as tracks from './track-checks.ts';
import { labelTracks, packagedLanguage } from './track-labels.ts';

/** As the event tells it, but where in the package it lies instead of an address. */
export type PackagedText = Omit<TextTrack, 'url'> & { path: string };

export interface VerificationReport {
  passed: boolean;
  checks: CheckResult[];
  /** Segments of all tracks together. */
  segments: number;
  maxDurationErrorSeconds: number;
  /** Nothing that keeps the package from being published. */
  warnings: string[];
  renditions: PackagedRendition[];
  audio: AudioTrack[];
  text: PackagedText[];
}

/** Every check by the name it has in reports. */
const checks: Record<string, Check> = {
  'manifests-readable': manifest.manifestsAreReadable,
  'renditions-complete': manifest.everyRenditionIsThere,
  'tracks-not-empty': manifest.everyTrackHasSegments,
  'manifests-agree': manifest.bothManifestsNameTheSame,
  'files-present': manifest.everyFileIsThere,
  'named-once': manifest.nothingIsNamedTwice,
  'playlists-end': manifest.playlistsEnd,
  'target-duration': manifest.segmentsKeepTheTarget,
  'sizes-as-planned': manifest.sizesAreAsPlanned,
  'frame-rates-as-planned': manifest.frameRatesAreAsPlanned,
  'segments-readable': media.everySegmentIsReadable,
  'boundaries-aligned': media.boundariesAreAligned,
  'keyframe-starts': media.segmentsBeginWithKeyframes,
  'time-lines-gapless': media.timeLinesHaveNoGaps,
  'durations-true': media.toldDurationsAreTrue,
  'video-duration': media.videoLastsAsPlanned,
  'audio-duration': media.audioLastsAsPlanned,
  'codecs-true': media.codecsAreTrue,
  'bandwidths-plausible': rates.bandwidthsArePlausible,
  'averages-true': rates.averagesAreTrue,
  'offers-as-planned': tracks.offersAreAsPlanned,
  'labels-unique': tracks.labelsAreUnique,
  'groups-complete': tracks.groupsAreComplete,
  'channels-true': tracks.channelsAreTrue,
  'independent-segments': tracks.segmentsAreIndependent,
  'video-ranges-true': tracks.videoRangesAreTrue,
  'i-frames-true': tracks.keyframesAreThere,
  'text-whole': text.textIsWhole,
  'chapters-as-planned': text.chaptersAreAsPlanned,
};

const toldFaults = 5;
/** More than this much above the ceiling on average means that the cap did not work; a full buffer of two seconds comes on top. */
const ceilingTolerance = 1.1;
const bufferSeconds = 2;

function describeRenditions(view: PackageView): PackagedRendition[] {
  return view.video.flatMap(({ name, width, height, frameRate }) => {
    const track = view.media.get(name);
    if (track === undefined) return [];
    const { averageBitsPerSecond, sizeBytes } = media.ratesOf(track, view.plan.segmentSeconds);
    const bitrateKbps = Math.round(averageBitsPerSecond / 1000);
    const fps = framesPerSecond(frameRate);
    return [{ name, width, height, bitrateKbps, codec: track.init.codec ?? '', frameRate: fps, sizeBytes }];
  });
}

function describeAudio(view: PackageView): AudioTrack[] {
  const labels = labelTracks(view.audio, 'Audio');
  return view.audio.flatMap(({ name, sourceIndex, language, channels, isDefault }) => {
    const track = view.media.get(name);
    if (track === undefined) return [];
    const { averageBitsPerSecond, sizeBytes } = media.ratesOf(track, view.plan.segmentSeconds);
    return [
      {
        name,
        language: packagedLanguage(language),
        channels,
        sizeBytes,
        isDefault,
        bitrateKbps: Math.round(averageBitsPerSecond / 1000),
        codec: track.init.codec ?? '',
        label: labels.get(sourceIndex) ?? name,
      },
    ];
  });
}

function describeText({ plan, text: planned }: PackageView): PackagedText[] {
  const labels = labelTracks(planned, 'Subtitles');
  const tracks = planned.map(({ name, sourceIndex, language, isForced, forHearingImpaired }) => ({
    name,
    language: packagedLanguage(language),
    isForced,
    forHearingImpaired,
    kind: forHearingImpaired ? 'captions' : 'subtitles',
    path: `${name}/${wholeTextName}`,
    label: labels.get(sourceIndex) ?? name,
  }));
  const chapters = {
    name: 'chapters',
    language: null,
    isForced: false,
    forHearingImpaired: false,
    kind: 'chapters',
    path: chapterFiles.webVtt,
    label: 'Chapters',
  };
  return listChapters(plan.source).length > 0 ? [...tracks, chapters] : tracks;
}

function findWarnings(view: PackageView): string[] {
  const givenUp = view.plan.givenUp ?? [];
  const tooLarge = describeRenditions(view).flatMap(({ name, bitrateKbps }) => {
    const ceiling = view.video.find((rendition) => rendition.name === name)?.maxBitrateKbps ?? Number.POSITIVE_INFINITY;
    return bitrateKbps > ceiling * (ceilingTolerance + bufferSeconds / view.plan.source.durationSeconds)
      ? [`${name} takes ${bitrateKbps} kbit/s, its ceiling is ${ceiling}`]
      : [];
  });
  return [
    ...describeLeftOut(view.plan.source),
    ...givenUp.map(({ name, code, message }) => `${name} was given up: ${code}: ${message}`),
    ...tooLarge,
  ];
}

/** Looks at a package as a player would, and closer. Never throws for a broken one: the report says what is wrong. */
export async function verifyPackage(dir: string, plan: JobPlan): Promise<VerificationReport> {
  const view = await viewPackage(dir, plan);
  const results = Object.entries(checks).map(([name, check]) => {
    const faults = check(view);
    const more = faults.length > toldFaults ? ` and ${faults.length - toldFaults} more` : '';
    return { name, passed: faults.length === 0, detail: faults.slice(0, toldFaults).join('; ') + more };
  });
  return {
    passed: results.every(({ passed }) => passed),
    checks: results,
    segments: view.hls.tracks.reduce((total, { segments }) => total + segments.length, 0),
    maxDurationErrorSeconds: media.maxDurationError(view),
    warnings: findWarnings(view),
    renditions: describeRenditions(view),
    audio: describeAudio(view),
    text: describeText(view),
  };
}
