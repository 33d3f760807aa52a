import type { TextRendition } from './plan.ts';
import type { SourceInfo, SourceText } from './source.ts';
import { TrackNames } from './track-names.ts';

/** More subtitles than any film has; a file may claim thousands. */
export const largestTextTracks = 64;

/** Subtitles in these formats can be read as text. */
const readableCodecs = new Set(['subrip', 'ass', 'ssa', 'webvtt', 'mov_text', 'text']);

const isReadable = ({ format, codec }: SourceText): boolean => format === 'text' && readableCodecs.has(codec);

export const takenText = ({ text }: Pick<SourceInfo, 'text'>): SourceText[] =>
  text.filter(isReadable).slice(0, largestTextTracks);

/** Every subtitle track that can be made WebVTT of. */
export function planText(source: Pick<SourceInfo, 'text'>): TextRendition[] {
  const names = new TrackNames('text');
  return takenText(source).map(({ index, language, title, isForced, forHearingImpaired }) => ({
    kind: 'text',
    name: names.next(language),
    sourceIndex: index,
    language,
    title,
    isForced,
    forHearingImpaired,
  }));
}
