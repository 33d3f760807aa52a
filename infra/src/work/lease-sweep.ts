import { hasCode } from '@streamflix/contracts';
import { returnExpiredLeases } from './expiry.ts';
import type { WorkPorts } from './unit-of-work.ts';

/**
 * Returns expired leases, again and again. Those that ran out while the database was away say nothing about their workers, which
 * may have worked on all the time: after an outage each has the time of one lease to renew. So it has after the sweep began, which
 * cannot know whether an outage has just ended.
 */
export function leaseSweep(ports: WorkPorts, { who, leaseMs }: { who: string; leaseMs: number }): () => Promise<void> {
  // Of the monotonic clock: a calendar that is set back must not keep expired leases for as long.
  let believedFrom = performance.now() + leaseMs;
  return async () => {
    try {
      if (performance.now() < believedFrom) await ports.database.check();
      else await returnExpiredLeases(ports, who);
    } catch (error) {
      if (hasCode(error, 'DATABASE_UNAVAILABLE')) believedFrom = performance.now() + leaseMs;
      throw error;
    }
  };
}
