import { StreamflixError } from '../errors/streamflix-error.ts';
import type { SourceInfo } from './source.ts';

/** Which sources are taken. Sizes are of the picture as displayed, turned either way. */
export interface SourceLimits {
  minLongSide: number;
  minShortSide: number;
  minSeconds: number;
  maxSeconds: number;
  maxBytes: number;
  maxPixels: number;
}

/** Of two sets of limits the narrower one in each: a profile may refuse more than the installation does, never less. */
export function narrowestLimits(limits: SourceLimits, own: { [K in keyof SourceLimits]?: number | undefined }): SourceLimits {
  const { minLongSide, minShortSide, minSeconds, maxSeconds, maxBytes, maxPixels } = limits;
  return {
    minLongSide: Math.max(minLongSide, own.minLongSide ?? 0),
    minShortSide: Math.max(minShortSide, own.minShortSide ?? 0),
    minSeconds: Math.max(minSeconds, own.minSeconds ?? 0),
    maxSeconds: Math.min(maxSeconds, own.maxSeconds ?? Number.POSITIVE_INFINITY),
    maxBytes: Math.min(maxBytes, own.maxBytes ?? Number.POSITIVE_INFINITY),
    maxPixels: Math.min(maxPixels, own.maxPixels ?? Number.POSITIVE_INFINITY),
  };
}

/** Why a file of this size is not taken, before anybody fetches it; null when it is. */
export function refusalOfSize(sizeBytes: number, { maxBytes }: Pick<SourceLimits, 'maxBytes'>): StreamflixError | null {
  if (sizeBytes === 0) return new StreamflixError('SOURCE_EMPTY');
  return sizeBytes > maxBytes ? new StreamflixError('SOURCE_TOO_LARGE', { details: { sizeBytes, maxBytes } }) : null;
}

function refusalOfPicture({ video }: SourceInfo, limits: SourceLimits): StreamflixError | null {
  if (video === null) return null;
  const { minLongSide, minShortSide, maxPixels } = limits;
  const { width, height } = video;
  if (width * height > maxPixels)
    return new StreamflixError('SOURCE_TOO_LARGE', {
      message: `The picture is ${width}x${height}; at most ${maxPixels} pixels are taken.`,
      details: { width, height, maxPixels },
    });
  if (Math.max(width, height) < minLongSide || Math.min(width, height) < minShortSide)
    return new StreamflixError('SOURCE_TOO_SMALL', {
      message: `The picture is ${width}x${height}; at least ${minLongSide}x${minShortSide} is taken, either way up.`,
      details: { width, height, minLongSide, minShortSide },
    });
  return null;
}

function refusalOfLength({ durationSeconds }: SourceInfo, { minSeconds, maxSeconds }: SourceLimits): StreamflixError | null {
  const details = { durationSeconds, minSeconds, maxSeconds };
  const lasts = `The source lasts ${Number(durationSeconds.toFixed(3))} s;`;
  if (durationSeconds < minSeconds)
    return new StreamflixError('SOURCE_TOO_SHORT', { message: `${lasts} at least ${minSeconds} s are taken.`, details });
  if (durationSeconds > maxSeconds)
    return new StreamflixError('SOURCE_TOO_LONG', { message: `${lasts} at most ${maxSeconds} s are taken.`, details });
  return null;
}

/** Why a source is not taken, by what the probe found; null when it is. */
export const refusalOfSource = (source: SourceInfo, limits: SourceLimits): StreamflixError | null =>
  refusalOfSize(source.sizeBytes, limits) ?? refusalOfPicture(source, limits) ?? refusalOfLength(source, limits);
