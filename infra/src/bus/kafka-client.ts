import { Kafka, type LogEntry, logLevel } from 'kafkajs';
import type { Config } from '../config/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { quietRequestQueues } from './request-queue.ts';

/** One step lower than the library says: it calls every closed connection and every rebalance an error. */
const levels: Partial<Record<logLevel, 'warn' | 'info' | 'debug' | 'trace'>> = {
  [logLevel.ERROR]: 'warn',
  [logLevel.WARN]: 'info',
  [logLevel.INFO]: 'debug',
  [logLevel.DEBUG]: 'trace',
};

/** What belongs to any start, stop or rebalance, and to how we use the library on purpose. */
const everyday =
  /group is rebalancing|rebalance in progress|coordinator is loading|not aware of this member|no topic-partitions|Limiting retries/i;

function logTo(logger: Logger): (entry: LogEntry) => void {
  return ({ level, namespace, log: { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...rest } }) => {
    const ours = everyday.test(message) || everyday.test(String(rest.error)) ? 'debug' : (levels[level] ?? 'debug');
    logger[ours]({ ...rest, part: namespace }, `kafka: ${message}`);
  };
}

export function createKafkaClient({ brokers }: Config['bus'], { clientId, logger }: { clientId: string; logger: Logger }): Kafka {
  quietRequestQueues();
  const log = logTo(logger);
  return new Kafka({
    clientId,
    brokers: [...brokers],
    connectionTimeout: 3_000,
    // A broker that hangs is given up after this time. It must exceed the time for which a group counts on a silent member: when
    // that member leads the group, the others' SyncGroup is answered only after it; giving up earlier begins the round anew.
    requestTimeout: 15_000,
    retry: { initialRetryTime: 200, maxRetryTime: 2_000, retries: 4 },
    logLevel: logger.isLevelEnabled('trace') ? logLevel.DEBUG : logLevel.INFO,
    logCreator: () => log,
  });
}
