import type { SourceInfo, TextRendition } from '@streamflix/contracts';
import { preamble } from './encode-args.ts';
import { demuxerOf, guardedInput } from './input-args.ts';

/** Far more than a day of subtitles; a hostile file stops here. */
const largestBytes = 32 * 1024 * 1024;

export const textFileName = ({ name }: Pick<TextRendition, 'name'>): string => `${name}.vtt`;

export interface TextArgs {
  input: string;
  source: SourceInfo;
  renditions: readonly TextRendition[];
  /** In what the text is written, when it is not UTF-8. */
  charset?: string;
  outputPath(rendition: TextRendition): string;
}

/**
 * One ffmpeg that reads the source once for all tracks. A subtitle that cannot be decoded is left out and does not end the run: whether the
 * source is whole is shown by its pictures and sound.
 */
export const buildTextArgs = ({ input, source, renditions, charset, outputPath }: TextArgs): string[] => [
  ...preamble.filter((argument) => argument !== '-xerror'),
  ...(charset === undefined ? [] : ['-sub_charenc', charset]),
  ...guardedInput(demuxerOf(source)),
  ...['-i', input],
  ...renditions.flatMap((rendition) => [
    ...['-map', `0:s:${rendition.sourceIndex}`, '-c:s', 'ass', '-map_metadata', '-1', '-map_chapters', '-1'],
    ...['-fs', String(largestBytes), '-f', 'ass', outputPath(rendition)],
  ]),
];
