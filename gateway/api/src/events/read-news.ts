import { type ApiStateEvent, hasCode, type JobProgressed, type StreamMessage } from '@streamflix/contracts';
import { type ChangesOf, formatPlace, type JobChange, type Place } from '@streamflix/infra/events';
import type { ChangeReader } from './change-reader.ts';
import type { NewsBox } from './news-box.ts';

/** What a watcher stands on. */
export interface WatchSources {
  of: ChangesOf;
  /** Where an earlier stream broke off; `lost` when that is not known. */
  from: Place | 'lost' | null;
  changes: ChangeReader;
  /** Puts into the box what happens. Returns how to stop. */
  watch(of: ChangesOf, box: NewsBox): () => void;
  /** Between looks at the database where nothing rings. */
  rereadMs: number;
  /** Between messages that say nothing but the place. */
  placeMs: number;
  signal: AbortSignal;
}

const fraction = (value: number): number => Math.min(1, Math.max(0, value));

export const progressOf = ({ state, jobProgress, stage, taskId, taskProgress, speed }: JobProgressed) => ({
  ...{ state, stage, taskId, speed },
  progress: fraction(jobProgress),
  taskProgress: fraction(taskProgress),
});

export const stateOf = ({ jobId, videoId, fromState, state, attempt, at }: JobChange): ApiStateEvent => ({
  ...{ jobId, videoId, from: fromState, state, attempt },
  at: at.toISOString(),
});

/** A database that is away for a moment is no reason to end a stream that may last hours: undefined then. */
export async function unlessAway<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (hasCode(error, 'DATABASE_UNAVAILABLE')) return undefined;
    throw error;
  }
}

/** Says the place now and then though nothing happens: of a place of long ago it is not known any more what came after it. */
export function placeTeller(placeMs: number): (place: Place) => StreamMessage[] {
  let toldAt = performance.now();
  return (place) => {
    if (performance.now() - toldAt < placeMs) return [];
    toldAt = performance.now();
    return [{ event: 'place', id: formatPlace(place) }];
  };
}
