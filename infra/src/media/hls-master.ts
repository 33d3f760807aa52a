import type { AudioRendition, TextRendition } from '@streamflix/contracts';
import { labelTracks, packagedLanguage } from './track-labels.ts';

/** Audio of one number of channels; a player picks one group and finds every track in it. */
export type AudioGroup = 'stereo' | 'surround';
export const audioGroupOf = ({ channels }: Pick<AudioRendition, 'channels'>): AudioGroup =>
  channels > 2 ? 'surround' : 'stereo';

const textGroup = 'text';
/** Subtitles that tell sounds too, in Apple's words (HLS authoring specification, 5.3). */
export const hearingImpairedTraits = [
  'public.accessibility.transcribes-spoken-dialog',
  'public.accessibility.describes-music-and-sound',
];

export interface MasterTracks {
  audio: readonly AudioRendition[];
  text: readonly TextRendition[];
  hasChapters: boolean;
}

type Attributes = [name: string, value: string | null][];

const quoted = (value: string | null): string | null => (value === null ? null : `"${value}"`);
const yesOrNo = (value: boolean): string => (value ? 'YES' : 'NO');
const line = (tag: string, attributes: Attributes): string =>
  `${tag}:${attributes.flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`])).join(',')}`;

/** For each track of the source the best that a group may have: 5.1 in the surround group, or stereo where there is no 5.1. */
function membersOf(group: AudioGroup, audio: readonly AudioRendition[]): AudioRendition[] {
  const inGroup = audio.filter((rendition) => audioGroupOf(rendition) === group);
  const tracks = [...new Set(audio.map(({ sourceIndex }) => sourceIndex))];
  return tracks.flatMap((track) => {
    const member =
      inGroup.find(({ sourceIndex }) => sourceIndex === track) ?? audio.find(({ sourceIndex }) => sourceIndex === track);
    return member === undefined ? [] : [member];
  });
}

export const groupsOf = (audio: readonly AudioRendition[]): Map<AudioGroup, AudioRendition[]> =>
  new Map([...new Set(audio.map(audioGroupOf))].toSorted().map((group) => [group, membersOf(group, audio)]));

/** RFC 8216, 4.3.4.1.1: groups have the same members, which differ in nothing but where they lie and their channels. */
function audioLines(audio: readonly AudioRendition[]): string[] {
  const labels = labelTracks(audio, 'Audio');
  return [...groupsOf(audio)].flatMap(([group, members]) =>
    members.map(({ name, sourceIndex, language, isDefault, channels }) =>
      line('#EXT-X-MEDIA', [
        ['TYPE', 'AUDIO'],
        ['URI', quoted(`${name}/playlist.m3u8`)],
        ['GROUP-ID', quoted(group)],
        ['LANGUAGE', quoted(packagedLanguage(language))],
        ['NAME', quoted(labels.get(sourceIndex) ?? name)],
        ['DEFAULT', yesOrNo(isDefault)],
        ['AUTOSELECT', 'YES'],
        ['CHANNELS', quoted(String(channels))],
      ]),
    ),
  );
}

function textLines(text: readonly TextRendition[]): string[] {
  const labels = labelTracks(text, 'Subtitles');
  return text.map(({ name, sourceIndex, language, isForced, forHearingImpaired }) =>
    line('#EXT-X-MEDIA', [
      ['TYPE', 'SUBTITLES'],
      ['URI', quoted(`${name}/playlist.m3u8`)],
      ['GROUP-ID', quoted(textGroup)],
      ['LANGUAGE', quoted(packagedLanguage(language))],
      ['NAME', quoted(labels.get(sourceIndex) ?? name)],
      ['DEFAULT', 'NO'],
      ['AUTOSELECT', 'YES'],
      ['FORCED', yesOrNo(isForced)],
      ['CHARACTERISTICS', forHearingImpaired ? quoted(hearingImpairedTraits.join(',')) : null],
    ]),
  );
}

interface Stream {
  attributes: string;
  uri: string;
}

const bandwidthOf = (attributes: string): number => Number(/(?:^|:|,)BANDWIDTH=(\d+)/.exec(attributes)?.[1] ?? 0);

/** The packager leaves a short last segment out of the peak and not out of the average, which then may be the higher. */
function raisePeak(attributes: string): string {
  const average = Number(/AVERAGE-BANDWIDTH=(\d+)/.exec(attributes)?.[1] ?? 0);
  return average > bandwidthOf(attributes) ? attributes.replace(/([:,])BANDWIDTH=\d+/, `$1BANDWIDTH=${average}`) : attributes;
}

function readStreams(lines: readonly string[]): Stream[] {
  return lines.flatMap((attributes, index) =>
    attributes.startsWith('#EXT-X-STREAM-INF:') ? [{ attributes, uri: lines[index + 1] ?? '' }] : [],
  );
}

/**
 * Sound alone: the packager makes a variant of every track, and a player would take languages for qualities. One variant for each group is
 * told, by its default track, with the rates of the greatest.
 */
function variantsOfSound(streams: readonly Stream[], audio: readonly AudioRendition[]): Stream[] {
  return [...groupsOf(audio)].flatMap(([group, members]) => {
    const [greatest] = streams
      .filter(({ attributes }) => attributes.includes(`AUDIO="${group}"`))
      .toSorted((a, b) => bandwidthOf(b.attributes) - bandwidthOf(a.attributes));
    const main = members.find(({ isDefault }) => isDefault) ?? members[0];
    return greatest === undefined || main === undefined
      ? []
      : [{ attributes: greatest.attributes, uri: `${main.name}/playlist.m3u8` }];
  });
}

/**
 * The multivariant playlist that a player is given, made of the packager's: it knows codecs and rates; what the tracks are called, which is
 * the default, and which groups they are in is ours.
 */
export function completeMaster(packagers: string, { audio, text, hasChapters }: MasterTracks): string {
  const lines = packagers.split('\n');
  const streams = readStreams(lines);
  const hasVideo = streams.some(({ attributes }) => attributes.includes('RESOLUTION='));
  const variants = hasVideo ? streams : variantsOfSound(streams, audio);
  const subtitles = text.length > 0 ? `,SUBTITLES="${textGroup}"` : '';
  return [
    '#EXTM3U',
    '#EXT-X-VERSION:6',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    ...(hasChapters ? ['#EXT-X-SESSION-DATA:DATA-ID="com.apple.hls.chapters",URI="chapters.json"'] : []),
    ...audioLines(audio),
    ...textLines(text),
    ...variants.flatMap(({ attributes, uri }) => [raisePeak(attributes) + subtitles, uri]),
    ...lines.filter((each) => each.startsWith('#EXT-X-I-FRAME-STREAM-INF:')).map(raisePeak),
    '',
  ].join('\n');
}
