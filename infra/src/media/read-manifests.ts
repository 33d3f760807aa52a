import { dirname, posix } from 'node:path';

export interface ManifestSegment {
  /** Path inside the package. */
  path: string;
  durationSeconds: number;
}

/** One track as one of the manifests tells it. */
export interface ManifestTrack {
  /** The folder it lies in, which is the rendition's name. */
  name: string;
  kind: 'video' | 'audio' | 'text';
  init: string | null;
  segments: ManifestSegment[];
  codecs: string[];
  width: number | null;
  height: number | null;
  frameRate: number | null;
  /** Peak bits a second; in HLS variants have it, not tracks. */
  bandwidth: number | null;
  /** HLS only. */
  targetDurationSeconds: number | null;
  isFinished: boolean;
}

/** How a player is offered a track of sound or text; in HLS once for each group it is in. */
export interface Offer {
  track: string;
  kind: 'audio' | 'text';
  group: string | null;
  label: string;
  language: string | null;
  isDefault: boolean;
  isForced: boolean;
  forHearingImpaired: boolean;
  channels: number | null;
}

/** A manifest that could not be read tells why, and has no tracks. */
export interface ReadManifest {
  tracks: ManifestTrack[];
  offers: Offer[];
  faults: string[];
}

/** A combination of tracks that a player can choose (EXT-X-STREAM-INF). */
export interface Variant {
  track: string;
  codecs: string[];
  bandwidth: number;
  averageBandwidth: number | null;
  audioGroup: string | null;
  textGroup: string | null;
  videoRange: string;
}

export interface KeyframeRange {
  path: string;
  offset: number;
  length: number;
}

export interface HlsManifest extends ReadManifest {
  variants: Variant[];
  /** I-frame playlists, and where they say the keyframes are. */
  iframes: { playlist: string; ranges: KeyframeRange[] }[];
  hasIndependentSegments: boolean;
  /** Where it says that chapters are. */
  chapters: string | null;
}

export interface DashManifest extends ReadManifest {
  durationSeconds: number | null;
}

/** Gives a file of the package, by its path inside, as text. */
export type ReadText = (path: string) => Promise<string>;

export const nameOf = (path: string): string => path.split('/')[0] ?? path;

/** A URI of a manifest as a path inside the package. Throws where it leads out of it. */
export function inside(manifest: string, uri: string): string {
  const path = posix.normalize(posix.join(dirname(manifest), uri));
  if (/^[a-z][a-z0-9+.-]*:|^\//i.test(uri) || path.startsWith('..')) throw new Error(`${uri} leads out of the package`);
  return path;
}
