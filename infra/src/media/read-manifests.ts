/// <reference path="./mpd-parser.d.ts" />
import { dirname, posix } from 'node:path';
import { parse, setOptions, types } from 'hls-parser';
import { type MpdPlaylist, parse as parseMpd } from 'mpd-parser';
import { packageFiles } from './packager-args.ts';

export interface ManifestSegment {
  /** Path inside the package. */
  path: string;
  durationSeconds: number;
}

/** One track as one of the manifests tells it. */
export interface ManifestTrack {
  /** The folder it lies in, which is the rendition's name. */
  name: string;
  kind: 'video' | 'audio';
  init: string | null;
  segments: ManifestSegment[];
  codecs: string[];
  width: number | null;
  height: number | null;
  frameRate: number | null;
  /** Peak bits a second; in HLS with the sound that goes with it. Null for audio in HLS. */
  bandwidth: number | null;
  averageBandwidth: number | null;
  /** HLS only. */
  targetDurationSeconds: number | null;
  isFinished: boolean;
}

/** A manifest that could not be read tells why, and has no tracks. */
export interface ReadManifest {
  tracks: ManifestTrack[];
  /** I-frame playlists and what they name. */
  iframes: { playlist: string; segments: string[] }[];
  faults: string[];
}

/** Gives a file of the package, by its path inside, as text. */
export type ReadText = (path: string) => Promise<string>;

const nameOf = (path: string): string => path.split('/')[0] ?? path;

/** A URI of a manifest as a path inside the package; null where it leads out of it. */
function resolveInside(manifest: string, uri: string): string | null {
  if (/^[a-z][a-z0-9+.-]*:|^\//i.test(uri)) return null;
  const path = posix.normalize(posix.join(dirname(manifest), uri));
  return path.startsWith('..') ? null : path;
}

/** Reads as a lenient player would, so that all other checks can be made too, and notes what a strict one would refuse. */
async function readHlsFile(read: ReadText, path: string, faults: string[]): Promise<types.MasterPlaylist | types.MediaPlaylist> {
  const text = await read(path);
  try {
    setOptions({ strictMode: true });
    return parse(text);
  } catch (error) {
    faults.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    setOptions({ strictMode: false, silent: true });
    return parse(text);
  }
}

async function readPlaylist(read: ReadText, path: string, faults: string[]): Promise<types.MediaPlaylist> {
  const playlist = await readHlsFile(read, path, faults);
  if (!(playlist instanceof types.MediaPlaylist)) throw new Error('it is a multivariant playlist');
  return playlist;
}

function inside(manifest: string, uri: string): string {
  const path = resolveInside(manifest, uri);
  if (path === null) throw new Error(`${uri} leads out of the package`);
  return path;
}

async function readHlsTrack(
  read: ReadText,
  uri: string,
  kind: 'video' | 'audio',
  variant: types.Variant | null,
  faults: string[],
): Promise<ManifestTrack> {
  const path = inside(packageFiles.hls, uri);
  const playlist = await readPlaylist(read, path, faults);
  const map = playlist.segments[0]?.map;
  return {
    name: nameOf(path),
    kind,
    init: map ? inside(path, map.uri) : null,
    segments: playlist.segments.map((segment) => ({ path: inside(path, segment.uri), durationSeconds: segment.duration })),
    codecs: (variant?.codecs ?? '').split(',').filter((codec) => codec !== ''),
    width: variant?.resolution?.width ?? null,
    height: variant?.resolution?.height ?? null,
    frameRate: variant?.frameRate ?? null,
    bandwidth: variant?.bandwidth ?? null,
    averageBandwidth: variant?.averageBandwidth ?? null,
    targetDurationSeconds: playlist.targetDuration,
    isFinished: playlist.endlist,
  };
}

/** Every playlist under master.m3u8. A playlist that cannot be read is a fault; the others are read all the same. */
export async function readHls(readText: ReadText): Promise<ReadManifest> {
  const read: ReadManifest = { tracks: [], iframes: [], faults: [] };
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      read.faults.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  await attempt(packageFiles.hls, async () => {
    const master = await readHlsFile(readText, packageFiles.hls, read.faults);
    if (!(master instanceof types.MasterPlaylist)) throw new Error('it is not a multivariant playlist');
    const audioUris = new Set<string>();
    for (const variant of master.variants) {
      if (variant.isIFrameOnly) {
        await attempt(variant.uri, async () => {
          const playlist = inside(packageFiles.hls, variant.uri);
          const { segments } = await readPlaylist(readText, playlist, read.faults);
          read.iframes.push({ playlist, segments: segments.map(({ uri }) => inside(playlist, uri)) });
        });
        continue;
      }
      await attempt(
        variant.uri,
        async () => void read.tracks.push(await readHlsTrack(readText, variant.uri, 'video', variant, read.faults)),
      );
      for (const { uri } of variant.audio) if (uri !== undefined) audioUris.add(uri);
    }
    for (const uri of audioUris)
      await attempt(uri, async () => void read.tracks.push(await readHlsTrack(readText, uri, 'audio', null, read.faults)));
  });
  return read;
}

function toDashTrack({ attributes, segments }: MpdPlaylist, kind: 'video' | 'audio'): ManifestTrack {
  const first = segments[0];
  const paths = segments.map(({ uri, duration }) => ({ path: inside(packageFiles.dash, uri), durationSeconds: duration }));
  return {
    name: nameOf(paths[0]?.path ?? attributes.NAME),
    kind,
    init: first?.map === undefined ? null : inside(packageFiles.dash, first.map.uri),
    segments: paths,
    codecs: attributes.CODECS.split(','),
    width: attributes.RESOLUTION?.width ?? null,
    height: attributes.RESOLUTION?.height ?? null,
    frameRate: attributes['FRAME-RATE'] ?? null,
    bandwidth: attributes.BANDWIDTH,
    averageBandwidth: null,
    targetDurationSeconds: null,
    isFinished: true,
  };
}

/** Every representation of manifest.mpd. */
export async function readDash(readText: ReadText): Promise<ReadManifest & { durationSeconds: number | null }> {
  try {
    const xml = await readText(packageFiles.dash);
    const { playlists, mediaGroups, duration } = parseMpd(xml, { manifestUri: '' });
    const audio = Object.values(mediaGroups.AUDIO)
      .flatMap((group) => Object.values(group))
      .flatMap(({ playlists: tracks = [] }) => tracks);
    const tracks = [
      ...playlists.map((playlist) => toDashTrack(playlist, 'video')),
      ...audio.map((playlist) => toDashTrack(playlist, 'audio')),
    ];
    return { tracks, iframes: [], faults: /type="static"/.test(xml) ? [] : ['it is told as live'], durationSeconds: duration };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { tracks: [], iframes: [], faults: [`${packageFiles.dash}: ${why}`], durationSeconds: null };
  }
}
