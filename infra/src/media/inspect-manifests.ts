import type { JobPlan } from '@streamflix/contracts';
import * as manifest from './manifest-checks.ts';
import { viewManifests } from './package-view.ts';
import type { ReadText } from './read-manifests.ts';
import * as tracks from './track-checks.ts';

export interface ManifestInspection {
  /** What is wrong with the manifests themselves, in words. */
  faults: string[];
  /** Paths inside the package that they name. */
  named: string[];
}

/** Everything that can be checked without opening a segment or knowing which files there are. */
const checks: manifest.Check[] = [
  manifest.manifestsAreReadable,
  manifest.everyRenditionIsThere,
  manifest.everyTrackHasSegments,
  manifest.bothManifestsNameTheSame,
  manifest.nothingIsNamedTwice,
  manifest.playlistsEnd,
  manifest.segmentsKeepTheTarget,
  manifest.sizesAreAsPlanned,
  manifest.frameRatesAreAsPlanned,
  tracks.offersAreAsPlanned,
  tracks.labelsAreUnique,
  tracks.groupsAreComplete,
  tracks.segmentsAreIndependent,
];

/** Reads both manifests of a package wherever it lies. Never throws for broken ones: the faults say what is wrong. */
export async function inspectManifests(readText: ReadText, plan: JobPlan): Promise<ManifestInspection> {
  const view = await viewManifests(readText, new Map(), plan);
  return { faults: checks.flatMap((check) => check(view)), named: manifest.namedPaths(view) };
}
