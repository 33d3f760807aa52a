import { type Bus, connectBus } from '../bus/index.ts';
import type { Config } from '../config/index.ts';
import { type Database, openDatabase } from '../database/index.ts';
import { connectLocks, type Locks } from '../locks/index.ts';
import { openStorage, type StorageProvider } from '../storage/index.ts';
import { startTelemetry, type Telemetry } from '../telemetry/index.ts';
import { OutboxRelay } from '../work/index.ts';

/** Everything a process talks to, connected once in its main.ts and handed down. */
export interface Platform {
  /** Of the process: ingest, probe, ... */
  service: string;
  /** Of this one process among its like; names it in claims and history. */
  instance: string;
  config: Config;
  telemetry: Telemetry;
  database: Database;
  bus: Bus;
  storage: StorageProvider;
  locks: Locks;
  outbox: OutboxRelay;
}

export async function connectPlatform(service: string, config: Config): Promise<Platform> {
  const telemetry = startTelemetry(service, config.telemetry);
  const { logger } = telemetry;
  const database = openDatabase(config.database, { name: service, logger });
  const bus = await connectBus(config.bus, { clientId: `streamflix-${service}`, logger });
  const instance = `${service}-${process.pid}-${Date.now().toString(36)}`;
  return {
    service,
    instance,
    config,
    telemetry,
    database,
    bus,
    storage: openStorage(config.storage),
    locks: connectLocks(config.locks, { logger }),
    outbox: new OutboxRelay({ database, bus, logger }),
  };
}

/** Closes in the order in which things depend on each other: what was begun is told before the connections go. */
export async function closePlatform({ outbox, bus, locks, storage, database, telemetry }: Platform): Promise<void> {
  await outbox.drain();
  await Promise.allSettled([bus.close(), locks.close(), storage.close()]);
  await database.close();
  await telemetry.shutdown();
}
