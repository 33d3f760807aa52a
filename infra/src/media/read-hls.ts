import { parse, setOptions, types } from 'hls-parser';
import { hearingImpairedTraits } from './hls-master.ts';
import { packageFiles } from './packager-args.ts';
import {
  type HlsManifest,
  inside,
  type ManifestTrack,
  nameOf,
  type Offer,
  type ReadText,
  type Variant,
} from './read-manifests.ts';

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

async function readTrack(
  read: ReadText,
  path: string,
  kind: ManifestTrack['kind'],
  variant: types.Variant | null,
  faults: string[],
): Promise<ManifestTrack> {
  const playlist = await readPlaylist(read, path, faults);
  const map = playlist.segments[0]?.map;
  return {
    name: nameOf(path),
    kind,
    init: map ? inside(path, map.uri) : null,
    segments: playlist.segments.map((segment) => ({ path: inside(path, segment.uri), durationSeconds: segment.duration })),
    codecs: codecsOf(variant),
    width: variant?.resolution?.width ?? null,
    height: variant?.resolution?.height ?? null,
    frameRate: variant?.frameRate ?? null,
    bandwidth: null,
    targetDurationSeconds: playlist.targetDuration,
    isFinished: playlist.endlist,
  };
}

const codecsOf = (variant: types.Variant | null): string[] => (variant?.codecs ?? '').split(',').filter((codec) => codec !== '');

const toVariant = (variant: types.Variant): Variant => ({
  track: nameOf(inside(packageFiles.hls, variant.uri)),
  codecs: codecsOf(variant),
  bandwidth: variant.bandwidth,
  averageBandwidth: variant.averageBandwidth ?? null,
  audioGroup: variant.audio[0]?.groupId ?? null,
  textGroup: variant.subtitles[0]?.groupId ?? null,
  // RFC 8216bis, 4.4.6.2: SDR where nothing is said.
  videoRange: variant.videoRange ?? 'SDR',
});

/** Every member of every group, once; several variants bring the same ones. */
function listOffers(variants: readonly types.Variant[]): (Offer & { uri: string })[] {
  const offers = new Map<string, Offer & { uri: string }>();
  for (const rendition of variants.flatMap(({ audio, subtitles }) => [...audio, ...subtitles])) {
    const { uri, groupId, name, language, isDefault, forced, characteristics, channels, type } = rendition;
    if (uri === undefined) continue;
    offers.set(`${groupId} ${uri} ${name}`, {
      uri,
      track: nameOf(inside(packageFiles.hls, uri)),
      kind: type === 'AUDIO' ? 'audio' : 'text',
      group: groupId,
      label: name,
      language: language ?? null,
      // The parser leaves out what is not told.
      isDefault: isDefault === true,
      isForced: forced === true,
      forHearingImpaired: hearingImpairedTraits.every((trait) => characteristics?.split(',').includes(trait)),
      channels: channels === undefined ? null : Number.parseInt(channels, 10),
    });
  }
  return [...offers.values()];
}

/** Every playlist under master.m3u8. A playlist that cannot be read is a fault; the others are read all the same. */
export async function readHls(readText: ReadText): Promise<HlsManifest> {
  const read: HlsManifest = {
    tracks: [],
    offers: [],
    faults: [],
    variants: [],
    iframes: [],
    hasIndependentSegments: false,
    chapters: null,
  };
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      read.faults.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const readOnce = async (uri: string, kind: ManifestTrack['kind'], variant: types.Variant | null): Promise<void> => {
    const path = inside(packageFiles.hls, uri);
    if (read.tracks.some(({ name }) => name === nameOf(path))) return;
    read.tracks.push(await readTrack(readText, path, kind, variant, read.faults));
  };
  await attempt(packageFiles.hls, async () => {
    const master = await readHlsFile(readText, packageFiles.hls, read.faults);
    if (!(master instanceof types.MasterPlaylist)) throw new Error('it is not a multivariant playlist');
    read.hasIndependentSegments = master.independentSegments;
    read.chapters = master.sessionDataList.find(({ id }) => id === 'com.apple.hls.chapters')?.uri ?? null;
    const variants = master.variants.filter(({ isIFrameOnly }) => !isIFrameOnly);
    read.variants = variants.map(toVariant);
    const offers = listOffers(variants);
    read.offers = offers;
    for (const { uri, kind } of offers) await attempt(uri, () => readOnce(uri, kind, null));
    for (const variant of variants) await attempt(variant.uri, () => readOnce(variant.uri, 'video', variant));
    for (const { uri } of master.variants.filter(({ isIFrameOnly }) => isIFrameOnly))
      await attempt(uri, async () => {
        const playlist = inside(packageFiles.hls, uri);
        const { segments } = await readPlaylist(readText, playlist, read.faults);
        const ranges = segments.map((segment) => ({ ...segment.byterange, path: inside(playlist, segment.uri) }));
        read.iframes.push({ playlist, ranges });
      });
  });
  return read;
}
