import { type Caller, StreamflixError, type StreamMessage, toStreamflixError } from '@streamflix/contracts';
import type { ChangesOf } from '@streamflix/infra/events';
import { counter } from '@streamflix/infra/telemetry';
import type { FastifyBaseLogger } from 'fastify';
import type { Authenticator } from '../identity/authenticator.ts';
import { readJob } from '../jobs/read-job.ts';
import type { GatewayPorts } from '../ports.ts';
import { createChangeBell } from './change-bell.ts';
import { jobEvents } from './job-events.ts';
import type { JobFeed } from './job-feed.ts';
import type { NewsBox } from './news-box.ts';
import type { WatchSources } from './read-news.ts';
import { tenantEvents } from './tenant-events.ts';

/** Why a stream came to its end. */
export type StreamEnd = 'over' | 'closing' | 'unauthenticated' | 'slow' | 'broken';

/** The way to one watcher. */
export interface Sink {
  /** Resolves when there is room for more. Rejects when the signal aborts, or with RATE_LIMITED when the watcher does not read. */
  send(message: StreamMessage, signal: AbortSignal): Promise<void>;
  /** Shows that the stream lives. */
  beat(): void;
  end(why: StreamEnd): void;
  /** Aborts when the watcher goes away. */
  gone: AbortSignal;
}

export interface StreamRequest {
  caller: Caller;
  of: ChangesOf;
  from: WatchSources['from'];
  log: FastifyBaseLogger;
}

export interface Streams {
  /** Throws RATE_LIMITED when the caller has its fill. */
  assertRoom(caller: Caller): void;
  /** Runs a stream to its end, whatever that is. */
  run(request: StreamRequest, sink: Sink): Promise<void>;
  /** Ends all there are: they have no end of their own. */
  close(): void;
  stop(): Promise<void>;
}

const streamsEnded = counter('streamflix_gateway_streams_ended_total', 'Streams of events that ended, by why.');
const maxTimeoutMs = 2 ** 31 - 1;

const watchFeed = (feed: JobFeed, { tenantId, jobId }: ChangesOf, box: NewsBox): (() => void) => {
  const onNews: Parameters<JobFeed['watch']>[1] = (news) => (news.kind === 'progress' ? box.step(news.event) : box.ring());
  return jobId === undefined ? feed.watchTenant(tenantId, onNews) : feed.watch(jobId, onNews);
};

/** Everything that streams over SSE and WebSockets have in common. */
export function createStreams(ports: GatewayPorts, authenticator: Pick<Authenticator, 'isStillGood'>): Streams {
  const { settings, changes, feed, logger } = ports;
  const { rereadMs, heartbeatMs: placeMs, maxStreams } = settings;
  const bell = createChangeBell(changes, logger, settings.changesMs);
  const open = new Map<string, number>();
  const closing = new AbortController();
  const nameOf = ({ kind, id }: Caller): string => `${kind}:${id}`;
  const count = (caller: Caller): number => open.get(nameOf(caller)) ?? 0;
  const recount = (caller: Caller, by: number): void => {
    const left = count(caller) + by;
    if (left === 0) open.delete(nameOf(caller));
    else open.set(nameOf(caller), left);
  };

  const watch: WatchSources['watch'] = (of, box) => {
    const stops = [watchFeed(feed, of, box), bell.watch(of, () => box.ring())];
    return () => {
      for (const stop of stops) stop();
    };
  };

  /** Aborts when the caller would not be let in any more. */
  function watchCaller(caller: Caller, log: FastifyBaseLogger): { signal: AbortSignal; check(): void; stop(): void } {
    const over = new AbortController();
    const { expiresAt } = caller;
    const expiry =
      expiresAt === undefined
        ? undefined
        : setTimeout(() => over.abort(), Math.min(maxTimeoutMs, Math.max(0, expiresAt - Date.now())));
    const check = (): void => {
      authenticator
        .isStillGood(caller)
        .then((isGood) => isGood || over.abort())
        .catch((error: unknown) => log.debug({ err: error }, 'whether a watcher may go on is not known now'));
    };
    return { signal: over.signal, check, stop: () => clearTimeout(expiry) };
  }

  return {
    assertRoom(caller) {
      if (count(caller) < maxStreams) return;
      throw new StreamflixError('RATE_LIMITED', { message: `There are ${maxStreams} streams of this caller already.` });
    },
    async run({ caller, of, from, log }, sink) {
      const access = watchCaller(caller, log);
      const signal = AbortSignal.any([sink.gone, closing.signal, access.signal]);
      const { jobId } = of;
      const sources = { of, from, changes, watch, rereadMs, placeMs, signal };
      const events =
        jobId === undefined
          ? tenantEvents(sources)
          : jobEvents({ ...sources, readJob: () => readJob(ports, of.tenantId, jobId) });
      const beat = setInterval(() => {
        sink.beat();
        access.check();
      }, settings.heartbeatMs);
      recount(caller, 1);
      let end: StreamEnd = 'over';
      try {
        for await (const message of events) await sink.send(message, signal);
      } catch (error) {
        end = toStreamflixError(error).code === 'RATE_LIMITED' ? 'slow' : 'broken';
        if (!signal.aborted) log.warn({ err: error, ...of }, 'a stream of events broke off');
      } finally {
        if (closing.signal.aborted) end = 'closing';
        if (access.signal.aborted) end = 'unauthenticated';
        clearInterval(beat);
        access.stop();
        recount(caller, -1);
        streamsEnded.add(1, { why: end });
        sink.end(end);
      }
    },
    close: () => closing.abort(),
    stop: () => bell.stop(),
  };
}
