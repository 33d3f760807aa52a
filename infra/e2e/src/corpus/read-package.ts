/// <reference path="../../../src/media/mpd-parser.d.ts" />
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { Parser } from 'm3u8-parser';
import { parse as parseMpd } from 'mpd-parser';
import { listObjects, readObject } from '../support/store.ts';

/** A track of a package as a player finds it by the playlists, and all its bytes in one file. */
export interface PackagedTrack {
  uri: string;
  path: string;
  /** Its segments by their paths in the package. */
  files: string[];
  /** When each of them ends, by the playlist. */
  boundaries: number[];
}

export interface PackagedRung extends PackagedTrack {
  width: number;
  height: number;
  frameRate: number;
}

export interface ReadPackage {
  rungs: PackagedRung[];
  audio: PackagedTrack[];
  /** Each video representation of the DASH manifest, and its segments by their paths in the package. */
  dash: { width: number; height: number; files: string[] }[];
}

function parse(text: string) {
  const parser = new Parser();
  parser.push(text);
  parser.end();
  return parser.manifest;
}

/** Copies a package from the store into a folder. */
async function download(packagePrefix: string, dir: string): Promise<void> {
  for (const key of await listObjects(packagePrefix)) {
    const path = join(dir, key.slice(packagePrefix.length));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await readObject(key));
  }
}

async function readTrack(dir: string, uri: string): Promise<PackagedTrack> {
  const { segments } = parse(await readFile(join(dir, uri), 'utf8'));
  const at = (name: string): Promise<Buffer> => readFile(join(dir, posix.dirname(uri), name));
  const init = segments[0]?.map;
  if (init === undefined) throw new Error(`${uri} has no initialisation segment`);
  const path = join(dir, `${uri.replaceAll('/', '_')}.mp4`);
  await writeFile(path, Buffer.concat(await Promise.all([init.uri, ...segments.map((segment) => segment.uri)].map(at))));
  let end = 0;
  const boundaries = segments.map(({ duration }) => {
    end += duration;
    return end;
  });
  const files = segments.map((segment) => posix.join(posix.dirname(uri), segment.uri));
  return { uri, path, files, boundaries };
}

async function readDash(dir: string): Promise<ReadPackage['dash']> {
  const { playlists } = parseMpd(await readFile(join(dir, 'manifest.mpd'), 'utf8'), { manifestUri: '' });
  return playlists.map(({ attributes: { RESOLUTION = { width: 0, height: 0 } }, segments }) => ({
    ...RESOLUTION,
    files: segments.map(({ uri }) => uri),
  }));
}

const hasPicture = ({ attributes }: { attributes: { RESOLUTION?: unknown } }): boolean => attributes.RESOLUTION !== undefined;

/** Reads a package as a player would: from its manifests to its segments. */
export async function readPackage(packagePrefix: string, dir: string): Promise<ReadPackage> {
  await download(packagePrefix, dir);
  const { playlists = [], mediaGroups } = parse(await readFile(join(dir, 'master.m3u8'), 'utf8'));
  const rungs = new Map<string, PackagedRung>();
  for (const { uri, attributes } of playlists.filter(hasPicture)) {
    const { width = 0, height = 0 } = attributes.RESOLUTION ?? {};
    rungs.set(uri, { ...(await readTrack(dir, uri)), width, height, frameRate: attributes['FRAME-RATE'] ?? 0 });
  }
  const groups = Object.values(mediaGroups.AUDIO).flatMap((group) => Object.values(group).flatMap(({ uri }) => uri ?? []));
  // Sound alone has no groups: its variants are the tracks.
  const sounds = groups.length > 0 || playlists.some(hasPicture) ? groups : playlists.map(({ uri }) => uri);
  const audio: PackagedTrack[] = [];
  for (const uri of new Set(sounds)) audio.push(await readTrack(dir, uri));
  return { rungs: [...rungs.values()], audio, dash: await readDash(dir) };
}
