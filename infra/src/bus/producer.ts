import type { Kafka, Producer } from 'kafkajs';
import type { Logger } from '../telemetry/index.ts';
import { ReplaceableClient } from './replaceable-client.ts';

/**
 * The idempotent producer. It must be replaced after a failed send: whether the broker took the records is not known, and the
 * next ones of the same producer would bear the same sequence numbers. A broker that did take the first would then acknowledge
 * the others as repetitions and drop them.
 */
export const connectProducer = (kafka: Kafka, logger: Logger): ReplaceableClient<Producer> =>
  new ReplaceableClient(
    () =>
      kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        // Each message names its partition.
        createPartitioner:
          () =>
          ({ message }) =>
            message.partition ?? 0,
        // Then the outbox sends again; a caller is told instead of held.
        retry: { initialRetryTime: 200, maxRetryTime: 2_000, retries: 3 },
      }),
    logger,
  );
