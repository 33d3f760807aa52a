import type { Handlers, Replay, Subscription } from '../bus/index.ts';
import { resolveReplayed } from '../dead-letters/index.ts';
import { serveHealth } from './health-server.ts';
import { closePlatform, type Platform } from './platform.ts';
import type { WorkerPool } from './worker-pool.ts';

export interface ServiceOptions {
  platform: Platform;
  /** Messages this service handles; one member of its group gets each. Handlers take milliseconds. */
  consumes?: Handlers;
  workers?: WorkerPool;
  /** Opens what else runs until shutdown, and returns how to stop it. Called once, before the service is ready. */
  start?(onCrash: (error: Error) => void): Promise<() => Promise<void>>;
}

async function subscribe(
  { platform, consumes, workers }: ServiceOptions,
  onCrash: (error: Error) => void,
): Promise<Subscription[]> {
  const { bus, database, service } = platform;
  const opening: Promise<Subscription>[] = [];
  if (consumes) {
    const onReplayed = (replay: Replay) => resolveReplayed(database, replay);
    opening.push(bus.consume({ group: service, handlers: consumes, onReplayed, onCrash }));
  }
  if (workers) {
    const handlers: Handlers = {
      'job.control': ({ jobId, action }) => (action === 'retry' || action === 'fetch' ? workers.ring() : workers.recheck(jobId)),
    };
    opening.push(bus.tail({ name: `${service}-control`, handlers, onCrash }));
  }
  return await Promise.all(opening);
}

const untilSignalled = (): Promise<string> =>
  new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name));
  });

/** Runs a service until it is told to stop: health endpoints, consumers, workers; then drains. */
export async function runService(options: ServiceOptions): Promise<void> {
  const { platform, workers, start } = options;
  const { telemetry, config, database, service } = platform;
  const { logger } = telemetry;
  const signalled = untilSignalled();
  let draining = false;
  let subscriptions: Subscription[] = [];

  const onCrash = (error: Error): void => {
    if (draining) return;
    // A consumer that will not come back looks healthy from outside: end, and be restarted.
    logger.fatal({ err: error }, 'a consumer died; the process ends');
    process.exit(1);
  };
  process.on('unhandledRejection', (error) => {
    logger.fatal({ err: error }, 'unhandled rejection; the process ends');
    process.exit(1);
  });

  const unhealthy = (): string[] =>
    subscriptions.map((each) => each.health()).flatMap(({ healthy, reason }) => (healthy ? [] : [reason ?? 'consumer']));
  let started = false;
  const health = await serveHealth(config.health, {
    notLive: () => [],
    notReady: async () => {
      if (draining) return ['shutting down'];
      if (!started) return ['starting'];
      const away = await database.check().then(
        () => [],
        (error: Error) => [error.message],
      );
      const waiting = away.length > 0 ? away : platform.circuits.reasons();
      return [...unhealthy(), ...waiting, ...(workers?.notReady() ?? [])];
    },
    renderMetrics: telemetry.renderMetrics,
  });

  await workers?.start();
  const stop = await start?.(onCrash);
  subscriptions = await subscribe(options, onCrash);
  started = true;
  logger.info({ instance: platform.instance }, `${service} is ready`);

  const signal = await signalled;
  draining = true;
  logger.info({ signal }, 'draining');
  // Side by side with the tasks, which need the time that a consumer's stop may wait for Kafka.
  const unsubscribed = Promise.allSettled(subscriptions.map((each) => each.stop()));
  try {
    await workers?.drain(config.work.graceMs);
  } finally {
    await unsubscribed;
  }
  await stop?.();
  await closePlatform(platform);
  health.closeAllConnections();
  health.close();
  logger.info('stopped');
}
