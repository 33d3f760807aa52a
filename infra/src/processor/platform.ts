import { join } from 'node:path';
import { type Bus, connectBus } from '../bus/index.ts';
import type { Config } from '../config/index.ts';
import { type Database, openDatabase } from '../database/index.ts';
import { connectLocks, type Locks } from '../locks/index.ts';
import { openStorage, type StorageProvider } from '../storage/index.ts';
import { startTelemetry, type Telemetry } from '../telemetry/index.ts';
import { OutboxRelay } from '../work/index.ts';
import { Circuits } from './circuits.ts';
import { instanceName } from './presence.ts';
import { watchedBus, watchedChecks } from './watched-bus.ts';

/** Everything a process talks to, connected once in its main.ts and handed down. */
export interface Platform {
  /** Of the process: ingest, probe, ... */
  service: string;
  /** Of this one process among its like, the same after a restart; names it in claims and history. */
  instance: string;
  config: Config;
  telemetry: Telemetry;
  database: Database;
  bus: Bus;
  storage: StorageProvider;
  locks: Locks;
  outbox: OutboxRelay;
  /** Which servers are away. */
  circuits: Circuits;
}

export async function connectPlatform(service: string, config: Config): Promise<Platform> {
  const telemetry = startTelemetry(service, config.telemetry);
  const { logger } = telemetry;
  const database = openDatabase(config.database, { name: service, logger });
  const bus = await connectBus(config.bus, { clientId: `streamflix-${service}`, logger });
  const storage = openStorage({ ...config.storage, spoolDir: join(config.media.workDir, 'uploads') });
  const circuits = new Circuits(watchedChecks({ database, storage, bus }), logger);
  return {
    service,
    instance: instanceName(service, config.health),
    config,
    telemetry,
    database,
    bus,
    storage,
    locks: connectLocks(config.locks, { logger }),
    outbox: new OutboxRelay({ database, bus: watchedBus(bus, circuits), logger }),
    circuits,
  };
}

/** Closes in the order in which things depend on each other: what was begun is told before the connections go. */
export async function closePlatform({ outbox, bus, locks, storage, database, telemetry, circuits }: Platform): Promise<void> {
  circuits.close();
  await outbox.drain();
  await Promise.allSettled([bus.close(), locks.close(), storage.close()]);
  await database.close();
  await telemetry.shutdown();
}
