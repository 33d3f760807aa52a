import type { SourceInfo } from '@streamflix/contracts';

/** 8192x4320 and a little; a small file can claim a picture that takes a gigabyte to decode. */
export const maxPixels = 36_000_000;

/**
 * How ffmpeg and ffprobe may open a source. A pinned demuxer alone does not stop a playlist inside another container's demuxer, and a
 * protocol list alone does not stop a playlist of local files: all of them together do.
 */
export const guardedInput = (demuxer: string): string[] => [
  ...['-f', demuxer],
  ...['-format_whitelist', demuxer],
  ...['-protocol_whitelist', 'file'],
  ...['-max_pixels', String(maxPixels)],
];

/** ffprobe names a demuxer by all its aliases; any one of them opens it. */
export const demuxerOf = ({ container }: Pick<SourceInfo, 'container'>): string => container.split(',')[0] ?? container;
