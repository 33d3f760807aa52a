import type { StreamflixError } from '../errors/streamflix-error.ts';

/** How often a step is tried in all before its task fails, by what is wrong. */
export const stepTries = { transient: 2, dependency: 5 } as const;

const firstDelayMs = 500;
const longestDelayMs = 5_000;

/**
 * How long to wait before a step (fetch, encode, upload) is tried again on the spot; null when its task is to fail. `tries`
 * counts this one. A disk that is full stays so here: another worker may have room.
 */
export function stepRetryDelayMs(error: StreamflixError, tries: number, random: number): number | null {
  if (error.code === 'DISK_FULL' || (error.class !== 'transient' && error.class !== 'dependency')) return null;
  if (tries >= stepTries[error.class]) return null;
  return Math.min(longestDelayMs, firstDelayMs * 2 ** (tries - 1)) * (0.5 + random / 2);
}
