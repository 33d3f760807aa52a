import { sql } from 'drizzle-orm';
import { beforeAll, beforeEach } from 'vitest';
import type { Database } from '../../database/index.ts';
import { createTestLogger } from '../../telemetry/index.ts';
import { RecordingBus } from '../../testkit/recording-bus.ts';
import { createTestDatabase } from '../../testkit/test-database.ts';
import { OutboxRelay, type WorkPorts } from '../index.ts';

/** What the tests of a file work with; there once a test runs. */
export interface WorkBench {
  url: string;
  database: Database;
  bus: RecordingBus;
  ports: WorkPorts;
}

async function empty(database: Database): Promise<void> {
  await database.query(async (db) => {
    await db.execute(sql`truncate jobs, usage, inbox, outbox, workers, tenants, tenant_shares, dead_letters cascade`);
    await db.execute(sql`update queue_clocks set tag = 0`);
  });
}

/** Gives the tests of a file a database of their own, empty before each of them, and a bus that keeps what it was told. */
export function useWorkBench(makeBus: () => RecordingBus = () => new RecordingBus()): WorkBench {
  const bench = {} as WorkBench;
  beforeAll(async () => {
    const { database, url, drop } = await createTestDatabase();
    Object.assign(bench, { database, url });
    return drop;
  });
  beforeEach(async () => {
    const { database } = bench;
    await empty(database);
    const bus = makeBus();
    Object.assign(bench, { bus, ports: { database, outbox: new OutboxRelay({ database, bus, logger: createTestLogger() }) } });
  });
  return bench;
}
