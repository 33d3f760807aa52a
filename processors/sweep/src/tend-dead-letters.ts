import {
  countOpenLetters,
  forgetOldLetters,
  indexDeadLetters,
  sendDueReplays,
  settleTaskReplays,
} from '@streamflix/infra/dead-letters';
import type { Platform } from '@streamflix/infra/processor';
import { gauge } from '@streamflix/infra/telemetry';
import { repeat } from './repeat.ts';

const minuteMs = 60_000;
/** As long as Kafka keeps them. */
const keepDays = 90;

const open = gauge('streamflix_dead_letters_open', 'Dead letters that are not resolved, by kind and state', '1');

/** Keeps the index of the dead-letter topics, sends what is to be replayed, and counts what is open. */
export async function tendDeadLetters(platform: Platform, onCrash: (error: Error) => void): Promise<() => Promise<void>> {
  const { bus, config, database, telemetry } = platform;
  const { sweepMs } = config.work;
  const { logger } = telemetry;
  const letters = await bus.readDeadLetters({
    group: 'sweep-dead-letters',
    onBatch: (batch) => indexDeadLetters(platform, batch),
    onCrash,
  });
  const measure = async (): Promise<void> => {
    for (const { count, ...attributes } of await countOpenLetters(database)) open.record(count, attributes);
  };
  const loops = [
    repeat('replays', sweepMs, logger, () => sendDueReplays(platform, { limit: 500 })),
    repeat('replayed tasks', sweepMs, logger, () => settleTaskReplays(database)),
    repeat('open dead letters', 5 * sweepMs, logger, measure),
    repeat('old dead letters', 10 * minuteMs, logger, () => forgetOldLetters(database, { days: keepDays })),
  ];
  return async () => {
    await Promise.all([letters.stop(), ...loops.map((stop) => stop())]);
  };
}
