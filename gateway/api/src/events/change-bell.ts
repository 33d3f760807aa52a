import { setTimeout as delay } from 'node:timers/promises';
import type { ChangesOf, Place, ReadChanges } from '@streamflix/infra/events';
import type { Logger } from '@streamflix/infra/telemetry';
import type { ChangeReader } from './change-reader.ts';

interface Watcher {
  jobId: string | undefined;
  ring(): void;
}

export interface ChangeBell {
  /** Rings when something of it may have changed. Returns how to stop. */
  watch(of: ChangesOf, ring: () => void): () => void;
  stop(): Promise<void>;
}

/**
 * Looks for changes once for all who watch a tenant, and rings those whom they concern: each then reads its own. Nobody depends on a ring; who has
 * heard none for a while looks by itself.
 */
export function createChangeBell(reader: ChangeReader, logger: Logger, everyMs: number): ChangeBell {
  const tenants = new Map<string, Set<Watcher>>();
  const looking = new Set<Promise<void>>();
  const stopping = new AbortController();

  async function look(tenantId: string, watchers: Set<Watcher>): Promise<void> {
    let place: Place | null = null;
    while (watchers.size > 0 && !stopping.signal.aborted) {
      try {
        const read: ReadChanges | null = place === null ? null : await reader.read({ tenantId }, place);
        // What came before the place, everybody has to look for.
        const concerned = (watcher: Watcher): boolean =>
          read === null || read.changes.some(({ jobId }) => (watcher.jobId ?? jobId) === jobId);
        place = read?.place ?? (await reader.place({ tenantId }));
        for (const watcher of [...watchers].filter(concerned)) watcher.ring();
        if (read?.hasMore === true) continue;
      } catch (error) {
        logger.debug({ err: error, tenantId }, 'changes of jobs could not be looked for');
      }
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    if (tenants.get(tenantId) === watchers) tenants.delete(tenantId);
  }

  return {
    watch({ tenantId, jobId }, ring) {
      const watcher: Watcher = { jobId, ring };
      const known = tenants.get(tenantId);
      const watchers = known ?? new Set<Watcher>();
      watchers.add(watcher);
      if (known === undefined) {
        tenants.set(tenantId, watchers);
        const run = look(tenantId, watchers);
        looking.add(run);
        void run.then(() => looking.delete(run));
      }
      return () => void watchers.delete(watcher);
    },
    async stop() {
      stopping.abort();
      await Promise.all(looking);
    },
  };
}
