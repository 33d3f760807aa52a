import type { StreamMessage } from '@streamflix/contracts';
import { formatPlace } from '@streamflix/infra/events';
import { NewsBox } from './news-box.ts';
import { placeTeller, progressOf, stateOf, unlessAway, type WatchSources } from './read-news.ts';
import { ToldProgress } from './told-progress.ts';

/** What happens to the jobs of a tenant, without end: every state each of them comes into, and their steps. */
export async function* tenantEvents(sources: WatchSources): AsyncGenerator<StreamMessage> {
  const { of, from, changes, watch, rereadMs, placeMs, signal } = sources;
  const box = new NewsBox(signal);
  const told = new ToldProgress();
  const unwatch = watch(of, box);
  const tellPlace = placeTeller(placeMs);
  try {
    let place = from === null || from === 'lost' ? await changes.place(of) : from;
    if (from === null) yield { event: 'ready', id: formatPlace(place), data: {} };
    if (from === 'lost') yield { event: 'reset', id: formatPlace(place), data: {} };
    while (!signal.aborted) {
      const read = await unlessAway(() => changes.read(of, place));
      if (read === null) {
        place = await changes.place(of);
        yield { event: 'reset', id: formatPlace(place), data: {} };
      }
      for (const change of read?.changes ?? []) {
        told.note(change);
        yield { event: 'state', id: formatPlace(change.place), data: stateOf(change) };
      }
      place = read?.place ?? place;
      if (read !== undefined) yield* tellPlace(place);
      if (read?.hasMore === true) continue;
      for (let isDue = false; !isDue && !signal.aborted; ) {
        const news = await box.take(rereadMs);
        isDue = news.isDue;
        for (const step of news.steps) {
          const { jobId, videoId } = step;
          if (told.advances(jobId, step.jobProgress)) yield { event: 'progress', data: { jobId, videoId, ...progressOf(step) } };
        }
      }
    }
  } finally {
    unwatch();
  }
}
