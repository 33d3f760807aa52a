import { openDatabase } from '@streamflix/infra/database';
import { createTestLogger } from '@streamflix/infra/telemetry';
import { RecordingBus } from '@streamflix/infra/testkit';
import { OutboxRelay, type WorkPorts } from '@streamflix/infra/work';

/** A database that was filled; nothing is told of. */
export function openPorts(url: string, poolSize: number): WorkPorts {
  const logger = createTestLogger();
  const database = openDatabase({ url, poolSize }, { name: 'bench', logger });
  return { database, outbox: new OutboxRelay({ database, bus: new RecordingBus(), logger }) };
}
