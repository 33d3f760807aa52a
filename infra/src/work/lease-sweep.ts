import { hasCode } from '@streamflix/contracts';
import { returnExpiredLeases } from './failure.ts';
import type { WorkPorts } from './unit-of-work.ts';

/**
 * Returns expired leases, again and again. Those that ran out while the database was away say nothing about their workers, which
 * may have worked on all the time: after an outage each has the time of one lease to renew.
 */
export function leaseSweep(ports: WorkPorts, { who, leaseMs }: { who: string; leaseMs: number }): () => Promise<void> {
  let believedFrom = 0;
  return async () => {
    try {
      if (Date.now() < believedFrom) await ports.database.check();
      else await returnExpiredLeases(ports, who);
    } catch (error) {
      if (hasCode(error, 'DATABASE_UNAVAILABLE')) believedFrom = Date.now() + leaseMs;
      throw error;
    }
  };
}
