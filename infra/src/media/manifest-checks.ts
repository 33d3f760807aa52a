import type { PackageView } from './package-view.ts';
import type { ManifestTrack } from './read-manifests.ts';

/** A check gives every fault it finds, in words; none means passed. */
export type Check = (view: PackageView) => string[];

const pathsOf = ({ init, segments }: ManifestTrack): string[] => [
  ...(init === null ? [] : [init]),
  ...segments.map(({ path }) => path),
];

const manifestsOf = ({ hls, dash }: PackageView) => [
  { manifest: 'HLS', tracks: hls.tracks },
  { manifest: 'DASH', tracks: dash.tracks },
];

const countsOf = (items: string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
};

export const manifestsAreReadable: Check = ({ hls, dash }) => [...hls.faults, ...dash.faults];

export const everyRenditionIsThere: Check = (view) => {
  const planned = [...view.video, ...view.audio, ...view.text].map(({ name }) => name);
  const faults = manifestsOf(view).flatMap(({ manifest, tracks }) => {
    const told = countsOf(tracks.map(({ name }) => name));
    return [
      ...planned.filter((name) => told.get(name) !== 1).map((name) => `${manifest} has ${told.get(name) ?? 0} times ${name}`),
      ...[...told.keys()]
        .filter((name) => !planned.includes(name))
        .map((name) => `${manifest} has ${name}, which nobody planned`),
    ];
  });
  const keyframes = new Set(view.hls.iframes.map(({ playlist }) => playlist.split('/')[0]));
  return [
    ...faults,
    ...view.video.filter(({ name }) => !keyframes.has(name)).map(({ name }) => `${name} has no I-frame playlist`),
  ];
};

export const bothManifestsNameTheSame: Check = ({ hls, dash }) =>
  hls.tracks.flatMap((track) => {
    // Text is whole in DASH and in segments in HLS: the text checks compare the cues.
    if (track.kind === 'text') return [];
    const other = dash.tracks.find(({ name }) => name === track.name);
    const [ours, theirs] = [pathsOf(track), other === undefined ? [] : pathsOf(other)];
    const at = ours.findIndex((path, index) => path !== theirs[index]);
    if (at < 0 && ours.length === theirs.length) return [];
    const place = at < 0 ? ours.length : at;
    return [`${track.name}: HLS goes on with ${ours[place] ?? 'nothing'} where DASH has ${theirs[place] ?? 'nothing'}`];
  });

/** Every path that a manifest names, once. */
export function namedPaths(view: Pick<PackageView, 'hls' | 'dash'>): string[] {
  const named = [...view.hls.tracks, ...view.dash.tracks].flatMap(pathsOf);
  const keyframes = view.hls.iframes.flatMap(({ ranges }) => ranges.map(({ path }) => path));
  return [...new Set([...named, ...keyframes])];
}

export const everyFileIsThere: Check = (view) =>
  namedPaths(view).flatMap((path) => {
    const sizeBytes = view.files.get(path);
    if (sizeBytes === undefined) return [`${path} is missing`];
    return sizeBytes === 0 ? [`${path} is empty`] : [];
  });

export const nothingIsNamedTwice: Check = (view) =>
  manifestsOf(view).flatMap(({ manifest, tracks }) =>
    [...countsOf(tracks.flatMap(pathsOf))].filter(([, count]) => count > 1).map(([path]) => `${manifest} names ${path} twice`),
  );

export const everyTrackHasSegments: Check = (view) =>
  manifestsOf(view).flatMap(({ manifest, tracks }) =>
    tracks
      .filter(({ kind, init, segments }) => (init === null && kind !== 'text') || segments.length === 0)
      .map(({ name }) => `${manifest} has nothing to play in ${name}`),
  );

export const playlistsEnd: Check = ({ hls }) =>
  hls.tracks.filter(({ isFinished }) => !isFinished).map(({ name }) => `${name} has no end`);

/** RFC 8216, 4.3.3.1: rounded to the nearest second, no segment is longer than the target. */
export const segmentsKeepTheTarget: Check = ({ hls }) =>
  hls.tracks.flatMap(({ targetDurationSeconds, segments }) =>
    segments
      .filter(({ durationSeconds }) => Math.round(durationSeconds) > (targetDurationSeconds ?? 0))
      .map(({ path, durationSeconds }) => `${path} takes ${durationSeconds} s, the target is ${targetDurationSeconds} s`),
  );

export const sizesAreAsPlanned: Check = (view) =>
  view.video.flatMap(({ name, width, height }) =>
    manifestsOf(view).flatMap(({ manifest, tracks }) =>
      tracks
        .filter((track) => track.name === name && (track.width !== width || track.height !== height))
        .map((track) => `${manifest} tells ${name} as ${track.width}x${track.height} instead of ${width}x${height}`),
    ),
  );

/** HLS writes three decimals. */
export const frameRatesAreAsPlanned: Check = (view) =>
  view.video.flatMap(({ name, frameRate }) =>
    manifestsOf(view).flatMap(({ manifest, tracks }) =>
      tracks
        .filter(
          (track) =>
            track.name === name && Math.abs((track.frameRate ?? 0) - frameRate.numerator / frameRate.denominator) > 0.001,
        )
        .map((track) => `${manifest} tells ${name} with ${track.frameRate} frames a second`),
    ),
  );
