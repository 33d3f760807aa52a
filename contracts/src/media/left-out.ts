import { mostChannels, takenAudio } from './audio-tracks.ts';
import type { SourceAudio, SourceInfo, SourceText } from './source.ts';
import { takenText } from './text-tracks.ts';

/** So many are named one by one: a file may claim thousands of tracks. */
const toldTracks = 10;

const isCode = (language: string | null): language is string => /^[a-z]{2,3}$/i.test(language ?? '');
const nameOf = (what: string, index: number, language: string | null): string =>
  `${what} track ${index}${isCode(language) ? ` (${language})` : ''} is left out`;

function whyAudio({ channels }: SourceAudio): string {
  if (channels > mostChannels) return `it has more than ${mostChannels} channels`;
  return channels > 0 ? 'there are too many' : 'it has no channels';
}

function whyText(track: SourceText): string {
  if (track.format === 'picture') return `its subtitles are pictures (${track.codec})`;
  return takenText({ text: [track] }).length > 0 ? 'there are too many' : `its format cannot be read (${track.codec})`;
}

/** The tracks of a source that are not in its package, and why, a sentence each. Nothing of a source is dropped in silence. */
export function describeLeftOut(source: Pick<SourceInfo, 'audio' | 'text'>): string[] {
  const takenTracks = new Set<SourceAudio | SourceText>([...takenAudio(source), ...takenText(source)]);
  const told = [
    ...source.audio
      .filter((track) => !takenTracks.has(track))
      .map((track) => `${nameOf('audio', track.index, track.language)}: ${whyAudio(track)}`),
    ...source.text
      .filter((track) => !takenTracks.has(track))
      .map((track) => `${nameOf('subtitle', track.index, track.language)}: ${whyText(track)}`),
  ];
  return told.length <= toldTracks
    ? told
    : [...told.slice(0, toldTracks), `${told.length - toldTracks} more tracks are left out`];
}
