import type { SourceVideo, SourceWithVideo, VideoRendition } from '@streamflix/contracts';
import { pixelFormatOf } from './codec-args.ts';
import { convertColours, isOrdinary, needsConversion, scalerColours, tagColours } from './colour.ts';
import { uploadFilters } from './device-args.ts';

const isInterlaced = ({ video: { fieldOrder } }: SourceWithVideo): boolean => fieldOrder !== 'progressive';

/** One picture from two fields, that of the first. The order is told, not guessed: some pictures do not say it. */
const deinterlace = (source: SourceWithVideo): string[] =>
  isInterlaced(source)
    ? [`bwdif=mode=send_frame:parity=${source.video.fieldOrder === 'top-first' ? 'tff' : 'bff'}:deint=all`]
    : [];

/** Colours are converted once for all rungs, in the size of the largest: nobody sees more of them. */
const convertOnce = ({ video }: SourceWithVideo, { width, height }: VideoRendition): string[] =>
  needsConversion(video) ? [`scale=${width}:${height}:flags=bicubic`, ...convertColours(video)] : [];

/** What all rungs share: whole pictures from fields, laid on the grid by the filters given, in ordinary colours. */
export const sharedFilters = (source: SourceWithVideo, ontoGrid: string, largest: VideoRendition): string =>
  [...deinterlace(source), ontoGrid, ...convertOnce(source, largest)].join(',');

/** The kernel of swscale's bicubic, for which zscale takes two fifths less time. */
const bicubic = 'f=bicubic:param_a=0:param_b=0.6';

/**
 * To the rung's size. Where nothing but the number of samples changes zscale does it. It reads of each picture what its colours are, and would
 * convert between tags that differ, or refuse some: all are given those of the output before. It refuses an odd number of lines or columns as
 * well, where the last sample of colour has only one of brightness: the crop, which does nothing to others, takes that one off. A picture that
 * is shown in the rung's size stays with swscale, which hands it on without a copy unless its samples are not square.
 */
function scale(video: SourceVideo, { width, height, bitDepth }: VideoRendition): string[] {
  const isSized = width === video.width && height === video.height;
  return isOrdinary(video) && bitDepth === 8 && !isSized
    ? [tagColours(video), 'crop', `zscale=${width}:${height}:${bicubic}`]
    : [`scale=${width}:${height}:flags=bicubic:${scalerColours(video)}`];
}

/** One rung. Without setsar a rounded width becomes a sample aspect, and the manifest another resolution. */
export function rungFilters({ video }: SourceWithVideo, rendition: VideoRendition): string {
  const toDevice = rendition.encoder === undefined ? [] : uploadFilters(rendition.encoder);
  return [...scale(video, rendition), 'setsar=1', `format=${pixelFormatOf(rendition)}`, tagColours(video), ...toDevice].join(',');
}
