import type { FieldOrder, SourceAudio, SourceChapter, SourceColour, SourceText, Transfer } from '@streamflix/contracts';
import type { FfprobeChapter, FfprobeStream } from './ffprobe-output.ts';

/** Subtitles that are pictures: no text can be made of them. */
const pictureSubtitles = new Set(['dvd_subtitle', 'hdmv_pgs_subtitle', 'dvb_subtitle', 'xsub']);
const transfers: Record<string, Transfer> = { smpte2084: 'pq', 'arib-std-b67': 'hlg' };
const fieldOrders: Record<string, FieldOrder> = { tt: 'top-first', tb: 'top-first', bb: 'bottom-first', bt: 'bottom-first' };

const isSet = ({ disposition }: FfprobeStream, name: string): boolean => disposition?.[name] === 1;
const known = (name: string | undefined): string | null =>
  name === undefined || name === 'unknown' || name === 'unspecified' ? null : name;

const longestTitle = 200;
const titleOf = (tags: FfprobeStream['tags']): string | null => tags?.title?.slice(0, longestTitle) ?? null;
/** Codes and tags are short; what is longer says nothing. */
const longestLanguage = 35;
const languageOf = (tags: FfprobeStream['tags']): string | null => {
  const language = tags?.language ?? null;
  return language !== null && language.length > longestLanguage ? null : language;
};

/**
 * As the stream tells it; null where it does not. Of two letters the first counts: the second was meant to tell interleaved fields from
 * separate ones, and ffmpeg and others write it so, whatever its name promises.
 */
export const fieldOrderOf = ({ field_order = '' }: FfprobeStream): FieldOrder | null =>
  field_order === 'progressive' ? 'progressive' : (fieldOrders[field_order] ?? null);

export const colourOf = (stream: FfprobeStream): SourceColour => ({
  transfer: transfers[stream.color_transfer ?? ''] ?? 'sdr',
  primaries: known(stream.color_primaries),
  matrix: known(stream.color_space),
  range: stream.color_range === 'pc' || stream.pix_fmt?.startsWith('yuvj') ? 'full' : 'limited',
  bitDepth: stream.bits_per_raw_sample ?? (Number(/p(\d\d)(?:le|be)$/.exec(stream.pix_fmt ?? '')?.[1]) || 8),
});

export const toSourceAudio = (stream: FfprobeStream, index: number): SourceAudio => ({
  index,
  codec: stream.codec_name ?? 'unknown',
  channels: stream.channels ?? 0,
  layout: known(stream.channel_layout),
  sampleRate: stream.sample_rate ?? 0,
  language: languageOf(stream.tags),
  title: titleOf(stream.tags),
  isDefault: isSet(stream, 'default'),
});

export const toSourceText = (stream: FfprobeStream, index: number): SourceText => ({
  index,
  codec: stream.codec_name ?? 'unknown',
  format: pictureSubtitles.has(stream.codec_name ?? '') ? 'picture' : 'text',
  language: languageOf(stream.tags),
  title: titleOf(stream.tags),
  isDefault: isSet(stream, 'default'),
  isForced: isSet(stream, 'forced'),
  forHearingImpaired: isSet(stream, 'hearing_impaired'),
});

export const toSourceChapter = ({ start_time, end_time, tags }: FfprobeChapter, startSeconds: number): SourceChapter => ({
  startSeconds: Math.max(0, start_time - startSeconds),
  endSeconds: Math.max(0, end_time - startSeconds),
  title: titleOf(tags),
});
