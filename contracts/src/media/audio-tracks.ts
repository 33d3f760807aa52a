import type { AudioRendition } from './plan.ts';
import type { SourceAudio, SourceInfo } from './source.ts';
import { TrackNames } from './track-names.ts';

/** How the sound of a source is made. */
export interface AudioSettings {
  /** Whether a source of five channels and more is made as 5.1 too; its stereo is made in any case. */
  surround: boolean;
  /** Integrated loudness by ITU-R BS.1770 that every rendition is brought to; null leaves it as it is. */
  loudnessLufs: number | null;
}

export const defaultAudioSettings: AudioSettings = { surround: true, loudnessLufs: null };

/** More tracks of sound than any film has; a file may claim thousands, and each costs a decode of its own. */
export const largestAudioTracks = 16;

/** No filter takes more. */
export const mostChannels = 64;

const sampleRate = 48_000;
const kinds = {
  stereo: { channels: 2, bitrateKbps: 128, suffix: '' },
  surround: { channels: 6, bitrateKbps: 384, suffix: '-5.1' },
} as const;

/** A source without a layout of its own has beyond eight channels just numbered ones: nobody knows which is the centre. */
const isSurround = ({ channels }: SourceAudio): boolean => channels >= 5 && channels <= 8;

/** The track that plays when nobody chose one. */
const defaultOf = (tracks: readonly SourceAudio[]): SourceAudio | undefined =>
  tracks.find(({ isDefault }) => isDefault) ?? tracks[0];

/** The tracks that are made, in the source's order; the default one is among them wherever it stands. */
export function takenAudio({ audio }: Pick<SourceInfo, 'audio'>): SourceAudio[] {
  const audible = audio.filter(({ channels }) => channels > 0 && channels <= mostChannels);
  const first = defaultOf(audible);
  const others = audible.filter((track) => track !== first);
  return (first === undefined ? [] : [first, ...others]).slice(0, largestAudioTracks).toSorted((a, b) => a.index - b.index);
}

/** Every track of the source as stereo, and what has surround sound also as 5.1; exactly one track is the default. */
export function planAudio(source: Pick<SourceInfo, 'audio'>, settings: AudioSettings = defaultAudioSettings): AudioRendition[] {
  const tracks = takenAudio(source);
  const main = defaultOf(tracks);
  const names = new TrackNames('audio');
  return tracks.flatMap((track) => {
    const name = names.next(track.language);
    const made = settings.surround && isSurround(track) ? [kinds.stereo, kinds.surround] : [kinds.stereo];
    return made.map(
      ({ channels, bitrateKbps, suffix }): AudioRendition => ({
        kind: 'audio',
        name: name + suffix,
        sourceIndex: track.index,
        language: track.language,
        title: track.title,
        isDefault: track === main,
        channels,
        sampleRate,
        bitrateKbps,
        loudnessLufs: settings.loudnessLufs,
      }),
    );
  });
}
