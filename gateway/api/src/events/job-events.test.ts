import { type ApiJob, type JobProgressed, StreamflixError } from '@streamflix/contracts';
import { expect, test } from 'vitest';
import { type JobEvent, jobEvents } from './job-events.ts';
import type { JobNews } from './job-feed.ts';

const never = 60_000;

/** A job that the test moves, and the events somebody who watches it gets. */
function watchJob({ rereadMs = never }: { rereadMs?: number } = {}) {
  const job = { id: 'j', state: 'pending', progress: 0 } as ApiJob;
  const leaving = new AbortController();
  const told = Promise.withResolvers<(news: JobNews) => void>();
  let failure: Error | null = null;
  let isWatched = false;
  const events = jobEvents({
    jobId: 'j',
    rereadMs,
    signal: leaving.signal,
    readJob: async () => {
      if (failure !== null) throw failure;
      return { ...job };
    },
    feed: {
      watch: (_, onNews) => {
        isWatched = true;
        told.resolve(onNews);
        return () => {
          isWatched = false;
        };
      },
    },
  });
  const next = async (): Promise<JobEvent | 'over'> => {
    const { done, value } = await events.next();
    return done ? 'over' : value;
  };
  return {
    job,
    next,
    tell: async (news: JobNews) => (await told.promise)(news),
    leave: () => leaving.abort(),
    fail: (error: Error | null) => {
      failure = error;
    },
    isWatched: () => isWatched,
  };
}

const step = (changes: Partial<JobProgressed>): JobNews => ({
  kind: 'progress',
  event: {
    state: 'transcoding',
    jobProgress: 0.5,
    stage: 'encode',
    taskId: 't',
    taskProgress: 0.4,
    speed: 2,
    ...changes,
  } as JobProgressed,
});

test('whoever watches gets the job at once, its steps, its states, and its end', async () => {
  const watched = watchJob();
  expect(await watched.next()).toMatchObject({ event: 'job', data: { state: 'pending' } });
  watched.job.state = 'transcoding';
  await watched.tell(step({}));
  expect(await watched.next()).toMatchObject({ event: 'job', data: { state: 'transcoding' } });
  await watched.tell(step({ jobProgress: 0.6 }));
  expect(await watched.next()).toEqual({
    event: 'progress',
    data: { state: 'transcoding', progress: 0.6, stage: 'encode', taskId: 't', taskProgress: 0.4, speed: 2 },
  });
  watched.job.state = 'completed';
  await watched.tell({ kind: 'outcome' });
  expect(await watched.next()).toMatchObject({ event: 'job', data: { state: 'completed' } });
  expect(await watched.next()).toMatchObject({ event: 'end', data: { state: 'completed' } });
  expect(await watched.next()).toBe('over');
  expect(watched.isWatched()).toBe(false);
});

test('a job never goes back: not by a step that is older than the database, nor by a task that begins anew', async () => {
  const watched = watchJob({ rereadMs: 5 });
  const nextProgress = async (): Promise<unknown> => {
    const event = await watched.next();
    return event === 'over' ? event : event.data.progress;
  };
  Object.assign(watched.job, { state: 'transcoding', progress: 0.2 });
  await watched.next();
  watched.job.progress = 0.6;
  expect(await nextProgress()).toBe(0.6);
  await watched.tell(step({ jobProgress: 0.5 }));
  expect(await nextProgress()).toBe(0.6);
  watched.job.progress = 0.4;
  await watched.tell(step({ jobProgress: 0.4 }));
  expect(await nextProgress()).toBe(0.6);
  watched.job.progress = 0.7;
  expect(await nextProgress()).toBe(0.7);
});

test('a job that is told as retrying begins where it is', async () => {
  const watched = watchJob({ rereadMs: 5 });
  Object.assign(watched.job, { state: 'transcoding', progress: 0.8 });
  await watched.next();
  Object.assign(watched.job, { state: 'retrying', progress: 0.3 });
  expect(await watched.next()).toMatchObject({ event: 'job', data: { state: 'retrying' } });
  await watched.tell(step({ state: 'retrying', jobProgress: 0.35 }));
  watched.job.progress = 0.35;
  expect(await watched.next()).toMatchObject({ event: 'progress', data: { progress: 0.35 } });
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

test('without Kafka the database tells the same, more slowly', async () => {
  const watched = watchJob({ rereadMs: 5 });
  await watched.next();
  watched.job.progress = 0.3;
  expect(await watched.next()).toMatchObject({ event: 'progress', data: { progress: 0.3, stage: null } });
  watched.job.state = 'cancelled';
  expect([await watched.next(), await watched.next()]).toMatchObject([
    { event: 'job' },
    { event: 'end', data: { state: 'cancelled' } },
  ]);
});

test('a database that is away for a while does not end the stream; any other fault does', async () => {
  const watched = watchJob({ rereadMs: 5 });
  await watched.next();
  watched.fail(new StreamflixError('DATABASE_UNAVAILABLE'));
  const following = watched.next();
  await watched.tell(step({}));
  watched.job.state = 'transcoding';
  watched.fail(null);
  expect(await following).toMatchObject({ event: 'job', data: { state: 'transcoding' } });
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
