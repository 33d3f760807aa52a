import type { AudioRendition, VideoRendition } from '@streamflix/contracts';

export interface PackagerInput<R> {
  rendition: R;
  /** The finished rendition as a local file. */
  path: string;
}

export interface PackagerArgs {
  video: readonly PackagerInput<VideoRendition>[];
  audio: readonly PackagerInput<AudioRendition>[];
  outputDir: string;
  segmentSeconds: number;
}

/** Names inside a package; what a player is told to open. */
export const packageFiles = { hls: 'master.m3u8', dash: 'manifest.mpd' };

/**
 * The packager begins a segment at the first keyframe past a multiple of the length it is given, in floating point. A hair less than the
 * real length is always past it at the right keyframe, and would err only after days.
 */
const hairSeconds = 0.00001;

/** Codes that say no language; the packager refuses to start with the first of them. */
const noLanguage = new Set(['und', 'mis', 'mul', 'zxx']);
const languageNames = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });

/** A language in its shortest form, or null where none is known: uploaders' tags are anything, and the packager refuses some of them. */
export function packagedLanguage(tag: string | null): string | null {
  const given = tag?.toLowerCase() ?? '';
  if (noLanguage.has(given) || !/^[a-z]{2,3}$/.test(given)) return null;
  const [language = given] = Intl.getCanonicalLocales(given);
  return language.length === 3 || languageNames.of(language) !== undefined ? language : null;
}

/** One set of segments, named by both manifests. */
const outputs = (dir: string, name: string): string[] => [
  `init_segment=${dir}/${name}/init.mp4`,
  `segment_template=${dir}/${name}/seg-$Number%05d$.m4s`,
  `playlist_name=${name}/playlist.m3u8`,
];

const videoStream = (dir: string, { rendition: { name }, path }: PackagerInput<VideoRendition>): string =>
  [`in=${path}`, 'stream=video', ...outputs(dir, name), `iframe_playlist_name=${name}/iframes.m3u8`].join(',');

function audioStream(dir: string, { rendition: { name, language }, path }: PackagerInput<AudioRendition>): string {
  const spoken = packagedLanguage(language);
  return [
    ...[`in=${path}`, 'stream=audio', ...outputs(dir, name)],
    ...['hls_group_id=audio', `hls_name=${name}`],
    ...(spoken === null ? [] : [`language=${spoken}`]),
  ].join(',');
}

/** CMAF for HLS and DASH from the same segments, with a playlist of keyframes for every rung. */
export function buildPackagerArgs({ video, audio, outputDir, segmentSeconds }: PackagerArgs): string[] {
  const main = packagedLanguage(audio[0]?.rendition.language ?? null) ?? 'und';
  return [
    '--quiet',
    ...video.map((input) => videoStream(outputDir, input)),
    ...audio.map((input) => audioStream(outputDir, input)),
    ...['--segment_duration', (segmentSeconds - hairSeconds).toFixed(6)],
    // Without it a static presentation with a segment template is told as a live one.
    '--generate_static_live_mpd',
    ...['--mpd_output', `${outputDir}/${packageFiles.dash}`],
    ...['--hls_master_playlist_output', `${outputDir}/${packageFiles.hls}`],
    ...['--hls_playlist_type', 'VOD'],
    ...['--default_language', main],
  ];
}
