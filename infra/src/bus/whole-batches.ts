import type { Batch } from 'kafkajs';
import type { Logger } from '../telemetry/index.ts';
import { waitingDelayMs } from './decide-next-step.ts';
import type { GroupConsumerOptions } from './group-consumer.ts';

/** Gives whole batches to a reader; one that could not be noted comes again after a growing pause, and its partition waits for it. */
export function wholeBatches(read: (batch: Batch) => Promise<void>, logger: Logger): GroupConsumerOptions['onBatch'] {
  const waits = new Map<string, number>();
  return async (batch, { resolve, heartbeat }) => {
    const line = `${batch.topic} ${batch.partition}`;
    const last = batch.messages.at(-1);
    try {
      await read(batch);
    } catch (error) {
      const before = waits.get(line) ?? 0;
      waits.set(line, before + 1);
      logger.warn({ err: error, topic: batch.topic, messages: batch.messages.length }, 'messages could not be noted; again');
      return { pauseMs: waitingDelayMs(before) };
    }
    waits.delete(line);
    if (last !== undefined) resolve(last.offset);
    await heartbeat();
    return undefined;
  };
}
