import { type ApiJob, type ApiProgressEvent, jobLifecycle, type StreamMessage } from '@streamflix/contracts';
import { formatPlace } from '@streamflix/infra/events';
import { NewsBox } from './news-box.ts';
import { placeTeller, progressOf, stateOf, unlessAway, type WatchSources } from './read-news.ts';
import { ToldProgress } from './told-progress.ts';

export interface JobEventSources extends WatchSources {
  readJob(): Promise<ApiJob>;
}

/** Marks the id of `end`: whoever comes back with it has seen everything. */
export const endMark = '~end';

const ofJob = ({ state, progress }: ApiJob): ApiProgressEvent => ({
  ...{ state, progress, stage: null, taskId: null, taskProgress: null, speed: null },
});

/**
 * What happens to a job, from where the watcher is to its end: the job as it is, its steps, every state it comes into and the job again, and at
 * last `end`. News ring at once; the slow look at the database finds whatever did not ring.
 */
export async function* jobEvents(sources: JobEventSources): AsyncGenerator<StreamMessage> {
  const { of, from, changes, watch, readJob, rereadMs, placeMs, signal } = sources;
  const box = new NewsBox(signal);
  const told = new ToldProgress();
  const tellPlace = placeTeller(placeMs);
  const unwatch = watch(of, box);
  try {
    // The place first: what changes in between is told after it.
    let place = from === null || from === 'lost' ? await changes.place(of) : from;
    let known = await readJob();
    told.advances(known.id, known.progress);
    if (from === 'lost') yield { event: 'reset', id: formatPlace(place), data: {} };
    if (from === null || from === 'lost') yield { event: 'job', id: formatPlace(place), data: known };
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
      const isQuiet = read !== undefined && read !== null && read.changes.length === 0 && !read.hasMore;
      // Known before the changes were read: all that led to it was told.
      if (isQuiet && jobLifecycle.isTerminal(known.state)) {
        yield { event: 'end', id: formatPlace(place) + endMark, data: known };
        return;
      }
      const before = known;
      known = (await unlessAway(readJob)) ?? before;
      if (read === null || (read !== undefined && read.changes.length > 0))
        yield { event: 'job', data: { ...known, progress: told.atLeast(known.id, known.progress) } };
      else if (known.progress > before.progress && told.advances(known.id, known.progress))
        yield { event: 'progress', data: ofJob(known) };
      if (read?.hasMore === true || (read !== undefined && jobLifecycle.isTerminal(known.state))) continue;
      for (let isDue = false; !isDue && !signal.aborted; ) {
        const news = await box.take(rereadMs);
        isDue = news.isDue;
        for (const step of news.steps) {
          if (step.state !== known.state) isDue = true;
          else if (told.advances(step.jobId, step.jobProgress)) yield { event: 'progress', data: progressOf(step) };
        }
      }
    }
  } finally {
    unwatch();
  }
}
