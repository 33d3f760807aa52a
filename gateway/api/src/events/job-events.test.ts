import { type ApiJob, type JobProgressed, type JobState, StreamflixError, type StreamMessage } from '@streamflix/contracts';
import type { ReadChanges } from '@streamflix/infra/events';
import { expect, test } from 'vitest';
import { jobEvents } from './job-events.ts';
import type { NewsBox } from './news-box.ts';

const never = 60_000;
const placeAfter = (count: number) => ({ seen: `1:${count + 1}:`, within: null, at: 0 });
const countOf = ({ seen }: { seen: string }): number => Number(seen.split(':')[1]) - 1;

/** A job that the test moves, and the events somebody who watches it gets. */
function watchJob({ rereadMs = never }: { rereadMs?: number } = {}) {
  const job = { id: 'j', state: 'pending', progress: 0 } as ApiJob;
  const states: { fromState: JobState; state: JobState }[] = [];
  const leaving = new AbortController();
  const watched = Promise.withResolvers<NewsBox>();
  let failure: Error | null = null;
  let isWatched = false;
  const orFail = async <T>(value: () => T): Promise<T> => {
    if (failure !== null) throw failure;
    return value();
  };
  const events = jobEvents({
    ...{ of: { tenantId: 'acme', jobId: 'j' }, from: null, rereadMs, placeMs: never, signal: leaving.signal },
    readJob: () => orFail(() => ({ ...job })),
    changes: {
      place: async () => placeAfter(states.length),
      read: (_, from) =>
        orFail((): ReadChanges => {
          const fresh = states.slice(countOf(from)).map((step, index) => ({
            ...{ jobId: 'j', videoId: 'v', attempt: 1, at: new Date(0), ...step },
            place: placeAfter(countOf(from) + index + 1),
          }));
          return { changes: fresh, place: placeAfter(states.length), hasMore: false };
        }),
    },
    watch: (_, box) => {
      watched.resolve(box);
      isWatched = true;
      return () => {
        isWatched = false;
      };
    },
  });
  const next = async (): Promise<StreamMessage | 'over'> => {
    const { done, value } = await events.next();
    return done ? 'over' : value;
  };
  return {
    job,
    next,
    move: (state: JobState) => {
      states.push({ fromState: job.state, state });
      job.state = state;
    },
    step: async (changes: Partial<JobProgressed>) =>
      (await watched.promise).step({
        ...{ jobId: 'j', state: 'transcoding', jobProgress: 0.5, stage: 'encode', taskId: 't', taskProgress: 0.4, speed: 2 },
        ...changes,
      } as JobProgressed),
    ring: async () => (await watched.promise).ring(),
    leave: () => leaving.abort(),
    fail: (error: Error | null) => {
      failure = error;
    },
    isWatched: () => isWatched,
  };
}

test('whoever watches gets the job at once, its steps, every state with the job after it, and its end', async () => {
  const watched = watchJob();
  expect(await watched.next()).toMatchObject({ event: 'job', id: '0~1:1:', data: { state: 'pending' } });
  watched.move('assigned');
  watched.move('transcoding');
  await watched.step({});
  expect(await watched.next()).toMatchObject({ event: 'state', id: '0~1:2:', data: { from: 'pending', state: 'assigned' } });
  expect(await watched.next()).toMatchObject({ event: 'state', id: '0~1:3:', data: { from: 'assigned', state: 'transcoding' } });
  expect(await watched.next()).toMatchObject({ event: 'job', data: { state: 'transcoding' } });
  await watched.step({ jobProgress: 0.6 });
  expect(await watched.next()).toEqual({
    event: 'progress',
    data: { state: 'transcoding', progress: 0.6, stage: 'encode', taskId: 't', taskProgress: 0.4, speed: 2 },
  });
  watched.move('completed');
  await watched.ring();
  expect(await watched.next()).toMatchObject({ event: 'state', data: { state: 'completed' } });
  expect(await watched.next()).toMatchObject({ event: 'job', data: { state: 'completed' } });
  expect(await watched.next()).toMatchObject({ event: 'end', id: '0~1:4:~end', data: { state: 'completed' } });
  expect(await watched.next()).toBe('over');
  expect(watched.isWatched()).toBe(false);
});

test('reports that overtake one another are not told as steps back', async () => {
  const watched = watchJob();
  watched.job.state = 'transcoding';
  await watched.next();
  const told: unknown[] = [];
  for (const jobProgress of [0.3, 0.2, 0.4]) {
    const following = watched.next();
    await watched.step({ jobProgress });
    if (jobProgress === 0.2) await watched.step({ jobProgress: 0.35 });
    const message = await following;
    if (message !== 'over' && message.event === 'progress') told.push(message.data.progress);
  }
  expect(told).toEqual([0.3, 0.35, 0.4]);
});

test('a job that has ended is told and the stream is over', async () => {
  const watched = watchJob();
  watched.job.state = 'failed';
  expect([await watched.next(), await watched.next(), await watched.next()]).toMatchObject([
    { event: 'job' },
    { event: 'end' },
    'over',
  ]);
});

test('without anything that rings the database tells the same, more slowly', async () => {
  const watched = watchJob({ rereadMs: 5 });
  await watched.next();
  watched.job.progress = 0.3;
  expect(await watched.next()).toMatchObject({ event: 'progress', data: { progress: 0.3, stage: null } });
  watched.move('cancelled');
  expect([await watched.next(), await watched.next(), await watched.next()]).toMatchObject([
    { event: 'state' },
    { event: 'job' },
    { event: 'end', data: { state: 'cancelled' } },
  ]);
});

test('a database that is away for a while does not end the stream; any other fault does', async () => {
  const watched = watchJob({ rereadMs: 5 });
  await watched.next();
  watched.fail(new StreamflixError('DATABASE_UNAVAILABLE'));
  const following = watched.next();
  await watched.step({});
  watched.move('transcoding');
  watched.fail(null);
  expect(await following).toMatchObject({ event: 'state', data: { state: 'transcoding' } });
  expect(await watched.next()).toMatchObject({ event: 'job', data: { state: 'transcoding' } });
  watched.fail(new Error('no such column'));
  await expect(watched.next()).rejects.toThrow('no such column');
  expect(watched.isWatched()).toBe(false);
});

test('a watcher that leaves is forgotten', async () => {
  const watched = watchJob();
  await watched.next();
  const following = watched.next();
  watched.leave();
  expect(await following).toBe('over');
  expect(watched.isWatched()).toBe(false);
});
