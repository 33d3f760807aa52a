import { type ApiJob, type ApiProgressEvent, hasCode, jobLifecycle } from '@streamflix/contracts';
import type { JobFeed, JobNews } from './job-feed.ts';

export type JobEvent = { event: 'job' | 'end'; data: ApiJob } | { event: 'progress'; data: ApiProgressEvent };

export interface JobEventSources {
  jobId: string;
  feed: Pick<JobFeed, 'watch'>;
  readJob(): Promise<ApiJob>;
  rereadMs: number;
  signal: AbortSignal;
}

const ofNews = ({ state, jobProgress, stage, taskId, taskProgress, speed }: Extract<JobNews, { kind: 'progress' }>['event']) => ({
  state,
  progress: Math.min(1, Math.max(0, jobProgress)),
  stage,
  taskId,
  taskProgress: Math.min(1, Math.max(0, taskProgress)),
  speed,
});

const ofJob = ({ state, progress }: ApiJob): ApiProgressEvent => ({
  state,
  progress,
  stage: null,
  taskId: null,
  taskProgress: null,
  speed: null,
});

/** A bell that many may ring and one waits for. */
function createBell(signal: AbortSignal) {
  let rung = Promise.withResolvers<void>();
  const ring = () => rung.resolve();
  signal.addEventListener('abort', ring, { once: true });
  return {
    ring,
    wait: async (timeoutMs: number): Promise<void> => {
      const timer = setTimeout(ring, timeoutMs);
      await rung.promise;
      clearTimeout(timer);
      rung = Promise.withResolvers<void>();
    },
  };
}

/**
 * How far a job was told to be: it stands still where it would go back. A step may be older than what the database said meanwhile, tasks
 * tell theirs without looking at each other, and one that lost its worker begins anew. Only a job that is told as retrying goes back.
 */
function createHighWater(): (job: ApiJob, told?: number) => number {
  let highest = 0;
  return ({ state, progress }, told = 0) => {
    highest = state === 'retrying' ? progress : Math.max(highest, progress, told);
    return highest;
  };
}

/**
 * What happens to a job, from now to its end: the job as it is, its steps, the job again whenever its state changed, and at last
 * `end`. The feed rings at once; the slow look at the database finds whatever the feed did not tell.
 */
export async function* jobEvents({ jobId, feed, readJob, rereadMs, signal }: JobEventSources): AsyncGenerator<JobEvent> {
  const bell = createBell(signal);
  let latest: ApiProgressEvent | null = null;
  const unwatch = feed.watch(jobId, (news) => {
    if (news.kind === 'progress') latest = ofNews(news.event);
    bell.ring();
  });
  try {
    let known = await readJob();
    const reach = createHighWater();
    let told = reach(known);
    yield { event: 'job', data: known };
    while (!signal.aborted) {
      if (jobLifecycle.isTerminal(known.state)) {
        yield { event: 'end', data: known };
        return;
      }
      await bell.wait(rereadMs);
      if (signal.aborted) return;
      const step = latest as ApiProgressEvent | null;
      latest = null;
      const job = await readAgain(readJob, known);
      const isNews = step !== null && step.state === job.state;
      const progress = reach(job, isNews ? step.progress : 0);
      if (job.state !== known.state) yield { event: 'job', data: job };
      else if (isNews) yield { event: 'progress', data: { ...step, progress } };
      else if (progress !== told) yield { event: 'progress', data: { ...ofJob(job), progress } };
      told = progress;
      known = job;
    }
  } finally {
    unwatch();
  }
}

/** A database that is away for a moment is no reason to end a stream that may last hours. */
async function readAgain(readJob: () => Promise<ApiJob>, known: ApiJob): Promise<ApiJob> {
  try {
    return await readJob();
  } catch (error) {
    if (hasCode(error, 'DATABASE_UNAVAILABLE')) return known;
    throw error;
  }
}
