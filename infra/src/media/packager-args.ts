import type { AudioRendition, VideoRendition } from '@streamflix/contracts';
import { audioGroupOf } from './hls-master.ts';
import { labelTracks, packagedLanguage } from './track-labels.ts';

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

/** One set of segments, named by both manifests. */
const outputs = (dir: string, name: string): string[] => [
  `init_segment=${dir}/${name}/init.mp4`,
  `segment_template=${dir}/${name}/seg-$Number%05d$.m4s`,
  `playlist_name=${name}/playlist.m3u8`,
];

const videoStream = (dir: string, { rendition: { name }, path }: PackagerInput<VideoRendition>): string =>
  [`in=${path}`, 'stream=video', ...outputs(dir, name), `iframe_playlist_name=${name}/iframes.m3u8`].join(',');

/** What sounds different is told in sets of its own: in one set a DASH player would take languages or channels for qualities. */
function audioStream(dir: string, { rendition, path }: PackagerInput<AudioRendition>, label: string): string {
  const { name, language, isDefault } = rendition;
  const spoken = packagedLanguage(language);
  const group = audioGroupOf(rendition);
  return [
    ...[`in=${path}`, 'stream=audio', ...outputs(dir, name)],
    ...[`hls_group_id=${group}`, `hls_name=${name}`],
    `dash_label=${group === 'surround' ? `${label} 5.1` : label}`,
    `dash_roles=${isDefault ? 'main' : 'alternate'}`,
    ...(spoken === null ? [] : [`language=${spoken}`]),
  ].join(',');
}

/** Shaka Player takes the first set of two channels, whatever the roles say, unless its page asks for a language. */
const defaultFirst = (audio: readonly PackagerInput<AudioRendition>[]): PackagerInput<AudioRendition>[] =>
  audio.toSorted((a, b) => Number(b.rendition.isDefault) - Number(a.rendition.isDefault));

/** CMAF for HLS and DASH from the same segments, with a playlist of keyframes for every rung. */
export function buildPackagerArgs({ video, audio, outputDir, segmentSeconds }: PackagerArgs): string[] {
  const labels = labelTracks(
    audio.map(({ rendition }) => rendition),
    'Audio',
  );
  return [
    '--quiet',
    ...video.map((input) => videoStream(outputDir, input)),
    ...defaultFirst(audio).map((input) =>
      audioStream(outputDir, input, labels.get(input.rendition.sourceIndex) ?? input.rendition.name),
    ),
    ...['--segment_duration', (segmentSeconds - hairSeconds).toFixed(6)],
    // Without it a static presentation with a segment template is told as a live one.
    '--generate_static_live_mpd',
    ...['--mpd_output', `${outputDir}/${packageFiles.dash}`],
    ...['--hls_master_playlist_output', `${outputDir}/${packageFiles.hls}`],
    ...['--hls_playlist_type', 'VOD'],
  ];
}
