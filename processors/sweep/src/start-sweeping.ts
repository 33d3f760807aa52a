import { promisedTopics, workKeptSeconds } from '@streamflix/contracts';
import { forgetChanges } from '@streamflix/infra/events';
import { forgetAnswers } from '@streamflix/infra/idempotency';
import type { Platform } from '@streamflix/infra/processor';
import { confirmEvents, expireJobs, leaseSweep, liftWaiting, sweepUnclaimable } from '@streamflix/infra/work';
import { deleteLeftovers, forgetTold } from './clean-up.ts';
import { purgeDeletedJobs } from './purge-deleted.ts';
import { repeat } from './repeat.ts';
import { checkOrphans, checkRecentJobs, watchBacklog } from './run-checker.ts';
import { tendDeadLetters } from './tend-dead-letters.ts';

const minuteMs = 60_000;

/** Everything that must happen though nobody asks for it. Any number of sweeps may run side by side. */
export async function startSweeping(platform: Platform, onCrash: (error: Error) => void): Promise<() => Promise<void>> {
  const { bus, config, database, instance, outbox, telemetry } = platform;
  const {
    leaseMs,
    sweepMs,
    outboxResendMs,
    ageingMs,
    optionalPatienceMs: optionalMs,
    capabilityWaitMs: requiredMs,
  } = config.work;
  const { logger } = telemetry;

  const confirming = bus.readBack({
    group: 'sweep-confirm',
    topics: promisedTopics,
    onBatch: (eventIds) => confirmEvents(database, eventIds),
    onCrash,
  });
  const stopping = new AbortController();
  const [confirmations, stopTending] = await Promise.all([confirming, tendDeadLetters(platform, onCrash)]);
  const loops = [
    repeat('leases', sweepMs, logger, leaseSweep(platform, { who: instance, leaseMs })),
    repeat('deadlines', sweepMs, logger, () => expireJobs(platform, instance)),
    repeat('unclaimable', 5 * sweepMs, logger, () => sweepUnclaimable(platform, { who: instance, optionalMs, requiredMs })),
    repeat('ageing', 5 * sweepMs, logger, () => liftWaiting(platform, { ageingMs, limit: 1_000 })),
    repeat('outbox', sweepMs, logger, () => outbox.sendForgotten({ resendMs: outboxResendMs, limit: 500 })),
    repeat('leftovers', 5 * sweepMs, logger, () => deleteLeftovers(platform, { keepSeconds: workKeptSeconds, limit: 50 })),
    repeat('deleted jobs', 5 * sweepMs, logger, () => purgeDeletedJobs(platform, { keepSeconds: workKeptSeconds, limit: 50 })),
    // An event in the inbox must outlive the topic it came from: a message can be redelivered as long as Kafka keeps it.
    repeat('old rows', 10 * minuteMs, logger, () => forgetTold(platform, { inboxDays: 31, outboxDays: 7 })),
    repeat('old changes', minuteMs, logger, () => forgetChanges(database)),
    repeat('old answers', 10 * minuteMs, logger, () => forgetAnswers(database)),
    repeat('backlog', 10 * sweepMs, logger, () => watchBacklog(platform)),
    repeat('checker', config.checker.everyMs, logger, () => checkRecentJobs(platform, stopping.signal)),
    repeat('orphans', config.checker.orphansEveryMs, logger, () => checkOrphans(platform)),
  ];
  return async () => {
    stopping.abort();
    await Promise.all([confirmations.stop(), stopTending(), ...loops.map((stop) => stop())]);
  };
}
