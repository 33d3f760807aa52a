import { setTimeout as delay } from 'node:timers/promises';
import type { JobProgressed } from '@streamflix/contracts';
import type { Bus, Subscription } from '@streamflix/infra/bus';
import type { Logger } from '@streamflix/infra/telemetry';

/** What Kafka tells of a job while somebody watches: a step forward, or that its outcome is decided. */
export type JobNews = { kind: 'progress'; event: JobProgressed } | { kind: 'outcome' };

export interface JobFeed {
  /** News of one job. Returns how to stop watching. */
  watch(jobId: string, onNews: (news: JobNews) => void): () => void;
  /** Of every job. Returns how to stop watching. */
  watchAll(onNews: (job: { tenantId: string; jobId: string }) => void): () => void;
  /** News of all jobs of a tenant. */
  watchTenant(tenantId: string, onNews: (news: JobNews) => void): () => void;
  stop(): Promise<void>;
}

type Watchers = Map<string, Set<(news: JobNews) => void>>;

function addTo(watchers: Watchers, key: string, onNews: (news: JobNews) => void): () => void {
  const own = watchers.get(key) ?? new Set();
  watchers.set(key, own.add(onNews));
  return () => {
    own.delete(onNews);
    if (own.size === 0 && watchers.get(key) === own) watchers.delete(key);
  };
}

/** One subscription of the process for all who watch. It only makes them faster: without Kafka they read the database. */
export function startJobFeed(bus: Pick<Bus, 'tail'>, logger: Logger, reopenMs = 5_000): JobFeed {
  const ofJobs: Watchers = new Map();
  const ofTenants: Watchers = new Map();
  const ofAll = new Set<(job: { tenantId: string; jobId: string }) => void>();
  const tell = ({ jobId, tenantId }: { jobId: string; tenantId: string }, news: JobNews): void => {
    for (const onNews of ofAll) onNews({ tenantId, jobId });
    for (const onNews of ofJobs.get(jobId) ?? []) onNews(news);
    for (const onNews of ofTenants.get(tenantId) ?? []) onNews(news);
  };
  const stopping = new AbortController();

  const open = async (): Promise<void> => {
    const crashed = Promise.withResolvers<Error>();
    const subscription: Subscription = await bus.tail({
      name: 'gateway-feed',
      handlers: {
        'job.progress': async (event) => tell(event, { kind: 'progress', event }),
        'video.transcoded': async (event) => tell(event, { kind: 'outcome' }),
        'video.failed': async (event) => tell(event, { kind: 'outcome' }),
      },
      onCrash: crashed.resolve,
    });
    const stopped = new Promise<null>((resolve) =>
      stopping.signal.addEventListener('abort', () => resolve(null), { once: true }),
    );
    const crash = stopping.signal.aborted ? null : await Promise.race([crashed.promise, stopped]);
    await subscription.stop();
    if (crash !== null) throw crash;
  };

  const keepOpen = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await open();
      } catch (error) {
        logger.warn({ err: error }, 'live progress is away; jobs are watched in the database');
        await delay(reopenMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };
  const running = keepOpen();

  return {
    watch: (jobId, onNews) => addTo(ofJobs, jobId, onNews),
    watchTenant: (tenantId, onNews) => addTo(ofTenants, tenantId, onNews),
    watchAll: (onNews) => {
      ofAll.add(onNews);
      return () => void ofAll.delete(onNews);
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
