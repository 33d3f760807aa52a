import { type AudioTrack, framesPerSecond, type JobPlan, type PackagedRendition } from '@streamflix/contracts';
import type { Check } from './manifest-checks.ts';
import * as manifest from './manifest-checks.ts';
import * as media from './media-checks.ts';
import { type PackageView, viewPackage } from './package-view.ts';
import { packagedLanguage } from './packager-args.ts';

export interface VerificationCheck {
  name: string;
  passed: boolean;
  /** The first faults in words; empty when passed. */
  detail: string;
}

export interface VerificationReport {
  passed: boolean;
  checks: VerificationCheck[];
  /** Segments of all tracks together. */
  segments: number;
  maxDurationErrorSeconds: number;
  /** Nothing that keeps the package from being published. */
  warnings: string[];
  renditions: PackagedRendition[];
  audio: AudioTrack[];
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
  'bandwidths-plausible': media.bandwidthsArePlausible,
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
  return view.audio.flatMap(({ name, language, channels }) => {
    const track = view.media.get(name);
    if (track === undefined) return [];
    const { averageBitsPerSecond, sizeBytes } = media.ratesOf(track, view.plan.segmentSeconds);
    const bitrateKbps = Math.round(averageBitsPerSecond / 1000);
    return [{ name, language: packagedLanguage(language), codec: track.init.codec ?? '', channels, bitrateKbps, sizeBytes }];
  });
}

function findWarnings(view: PackageView): string[] {
  const givenUp = view.plan.givenUp ?? [];
  const tooLarge = describeRenditions(view).flatMap(({ name, bitrateKbps }) => {
    const ceiling = view.video.find((rendition) => rendition.name === name)?.maxBitrateKbps ?? Number.POSITIVE_INFINITY;
    return bitrateKbps > ceiling * (ceilingTolerance + bufferSeconds / view.plan.source.durationSeconds)
      ? [`${name} takes ${bitrateKbps} kbit/s, its ceiling is ${ceiling}`]
      : [];
  });
  return [...givenUp.map(({ name, code, message }) => `${name} was given up: ${code}: ${message}`), ...tooLarge];
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
  };
}
