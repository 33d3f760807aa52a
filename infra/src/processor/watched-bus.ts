import { hasCode } from '@streamflix/contracts';
import type { Bus } from '../bus/index.ts';
import type { Database } from '../database/index.ts';
import type { StorageProvider } from '../storage/index.ts';
import type { Circuits, Dependency } from './circuits.ts';

/** The bus as the outbox has it: what becomes of its events tells how Kafka and the registry do. */
export const watchedBus = (bus: Pick<Bus, 'publish'>, circuits: Circuits): Pick<Bus, 'publish'> => ({
  publish: async (messages) => {
    const results = await bus.publish(messages);
    const failure = results.find(({ error }) => error?.class === 'dependency');
    if (failure === undefined) for (const server of ['kafka', 'registry'] as const) circuits.succeeded(server);
    else circuits.failed(failure.error);
    return results;
  },
});

/** How each server is asked whether it is there. */
export function watchedChecks({
  database,
  storage,
  bus,
}: {
  database: Database;
  storage: StorageProvider;
  bus: Bus;
}): Record<Dependency, () => Promise<void>> {
  /** One question covers both, and the answer names the one that is away. */
  const unless = async (other: 'BUS_UNAVAILABLE' | 'REGISTRY_UNAVAILABLE'): Promise<void> => {
    await bus.check().catch((error: unknown) => {
      if (!hasCode(error, other)) throw error;
    });
  };
  return {
    database: () => database.check(),
    store: () => storage.check(),
    kafka: () => unless('REGISTRY_UNAVAILABLE'),
    registry: () => unless('BUS_UNAVAILABLE'),
  };
}
