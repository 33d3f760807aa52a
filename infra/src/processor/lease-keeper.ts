import { StreamflixError } from '@streamflix/contracts';
import type { Database } from '../database/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { type Claim, renewLease } from '../work/index.ts';

export interface LeaseKeeper {
  /** Aborts with JOB_CANCELLED, LEASE_LOST or CAPABILITY_LOST when the worker must stop. */
  signal: AbortSignal;
  /** Asks the database now instead of at the next renewal. */
  checkNow(): Promise<void>;
  stop(): void;
}

/**
 * Renews a lease every third of its length, from a loop of its own, and turns the database's answer into an abort. No answer is
 * no reason to stop: while the database is away nobody else gets the task, and a worker that alone is cut off is refused when it
 * comes with its result. Stopping would cost every worker its work whenever the database is away for longer than a lease.
 */
export function keepLease(
  database: Database,
  claim: Claim,
  { leaseMs, capabilities, logger }: { leaseMs: number; capabilities: () => Promise<readonly string[]>; logger: Logger },
): LeaseKeeper {
  const controller = new AbortController();
  let renewing: Promise<void> | undefined;

  async function renew(): Promise<void> {
    try {
      const verdict = await renewLease(database, claim, leaseMs, await capabilities());
      if (verdict === 'cancelled') controller.abort(new StreamflixError('JOB_CANCELLED'));
      if (verdict === 'lost') controller.abort(new StreamflixError('LEASE_LOST'));
      if (verdict === 'incapable') controller.abort(new StreamflixError('CAPABILITY_LOST'));
    } catch (error) {
      logger.warn({ err: error }, 'could not renew the lease');
    }
  }

  const checkNow = (): Promise<void> => {
    renewing ??= renew().finally(() => {
      renewing = undefined;
    });
    return renewing;
  };

  const timer = setInterval(() => void checkNow(), leaseMs / 3);
  return { signal: controller.signal, checkNow, stop: () => clearInterval(timer) };
}
