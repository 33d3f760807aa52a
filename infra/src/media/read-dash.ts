/// <reference path="./mpd-parser.d.ts" />
import { type MpdPlaylist, parse as parseMpd } from 'mpd-parser';
import { packageFiles } from './packager-args.ts';
import { type DashManifest, inside, type ManifestTrack, nameOf, type Offer, type ReadText } from './read-manifests.ts';

function toTrack({ attributes, segments }: MpdPlaylist, kind: 'video' | 'audio'): ManifestTrack {
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
    targetDurationSeconds: null,
    isFinished: true,
  };
}

const attribute = (xml: string, name: string): string | null => new RegExp(`\\b${name}="([^"]*)"`).exec(xml)?.[1] ?? null;
const elements = (xml: string, name: string): string[] => xml.match(new RegExp(`<${name}[ >].*?</${name}>`, 'gs')) ?? [];

interface Described {
  /** Its set, from tag to tag. */
  set: string;
  head: string;
  representation: string;
  /** Where it lies: its initialization, or the whole file. */
  path: string;
}

/** The XML is the packager's and ours, and as plain as both write it. */
const listRepresentations = (xml: string, kind: Offer['kind']): Described[] =>
  elements(xml, 'AdaptationSet').flatMap((set) => {
    const [head = ''] = set.split('>');
    if (attribute(head, 'contentType') !== kind) return [];
    return elements(set, 'Representation').map((representation) => {
      const uri = attribute(representation, 'initialization') ?? /<BaseURL>([^<]*)</.exec(representation)?.[1] ?? '';
      return { set, head, representation, path: inside(packageFiles.dash, uri) };
    });
  });

/** What the parser does not tell: roles, labels and channels. */
function readOffers(xml: string, kind: Offer['kind']): Offer[] {
  return listRepresentations(xml, kind).map(({ set, head, representation, path }) => {
    const roles = [...set.matchAll(/<Role [^>]*value="([^"]*)"/g)].map(([, role]) => role);
    const channels = /<AudioChannelConfiguration [^>]*value="(\d+)"/.exec(representation)?.[1];
    return {
      track: nameOf(path),
      kind,
      group: attribute(head, 'id'),
      label: /<Label>([^<]*)</.exec(set)?.[1] ?? '',
      language: attribute(head, 'lang'),
      isDefault: roles.includes('main'),
      isForced: roles.includes('forced-subtitle'),
      forHearingImpaired: roles.includes('caption'),
      channels: channels === undefined ? null : Number(channels),
    };
  });
}

/** Text is one whole file, whose address the parser resolves as no player would. */
const readTextTracks = (xml: string, durationSeconds: number): ManifestTrack[] =>
  listRepresentations(xml, 'text').map(({ representation, path }) => ({
    name: nameOf(path),
    kind: 'text',
    init: null,
    segments: [{ path, durationSeconds }],
    codecs: [],
    width: null,
    height: null,
    frameRate: null,
    bandwidth: Number(attribute(representation, 'bandwidth')),
    targetDurationSeconds: null,
    isFinished: true,
  }));

/** Every representation of manifest.mpd. */
export async function readDash(readText: ReadText): Promise<DashManifest> {
  try {
    const xml = await readText(packageFiles.dash);
    const { playlists, mediaGroups, duration } = parseMpd(xml, { manifestUri: '' });
    const audio = Object.values(mediaGroups.AUDIO)
      .flatMap((members) => Object.values(members))
      .flatMap(({ playlists: tracks = [] }) => tracks);
    const tracks = [
      ...playlists.map((playlist) => toTrack(playlist, 'video')),
      ...audio.map((playlist) => toTrack(playlist, 'audio')),
      ...readTextTracks(xml, duration),
    ];
    const offers = [...readOffers(xml, 'audio'), ...readOffers(xml, 'text')];
    const faults = /type="static"/.test(xml) ? [] : ['it is told as live'];
    return { tracks, offers, faults, durationSeconds: duration };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { tracks: [], offers: [], faults: [`${packageFiles.dash}: ${why}`], durationSeconds: null };
  }
}
