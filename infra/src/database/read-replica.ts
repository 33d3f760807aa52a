import { hasCode } from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import type { Cache } from '../cache/index.ts';
import type { Logger } from '../telemetry/index.ts';
import type { Database } from './database.ts';

const lookEveryMs = 200;
/** A replica that is further behind is not asked: lists would be of another day. */
const maxLagMs = 10_000;
/** Longer than any replica that is asked is behind. */
const markKeptMs = 60_000;

/** A place in the write-ahead log, as PostgreSQL writes it: `16/B374D848`. */
const toPosition = (lsn: string): bigint => {
  const [high = '0', low = '0'] = lsn.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
};

async function positionOf(database: Database): Promise<bigint> {
  const { rows } = await database.query((db) =>
    db.execute<{ lsn: string | null }>(
      sql`select (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end)::text as lsn`,
    ),
  );
  return toPosition(rows[0]?.lsn ?? '0/0');
}

const markOf = (tenantId: string): string => `wrote:${tenantId}`;

/**
 * Reads that may lag go to a replica, unless it lacks what somebody of the tenant has just written: every write notes how far the log of the
 * primary was after it, for all processes, in Redis. What is not known is asked of the primary: while Redis is away, that is everything.
 */
export class ReadReplica {
  readonly #primary: Database;
  readonly #replica: Database;
  readonly #marks: Cache;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  /** How far the replica is known to be. */
  #replayed = -1n;
  /** Where the primary was when it was last asked, until the replica is there. */
  #target = { position: 0n, at: 0 };
  /** The moment as of which the replica knows everything. */
  #knowsUntil = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | null = null;

  constructor({ primary, replica, marks, logger }: { primary: Database; replica: Database; marks: Cache; logger: Logger }) {
    this.#primary = primary;
    this.#replica = replica;
    this.#marks = marks;
    this.#logger = logger;
    this.#timer = setInterval(() => void this.look(), lookEveryMs).unref();
  }

  /** Asks both servers how far they are. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const at = performance.now();
    try {
      const [written, replayed] = await Promise.all([positionOf(this.#primary), positionOf(this.#replica)]);
      this.#replayed = replayed;
      if (replayed < this.#target.position) return;
      this.#knowsUntil = this.#target.at;
      this.#target = { position: written, at };
    } catch (error) {
      this.#logger.debug({ err: error }, 'how far the replica is cannot be said; the primary is asked meanwhile');
    }
  }

  /** To be called after a change, before whoever made it is answered. */
  async noteWrite(tenantId: string): Promise<void> {
    const position = await positionOf(this.#primary);
    await this.#marks.set(markOf(tenantId), position.toString(), markKeptMs);
  }

  readonly read = async <T>(tenantId: string, run: (database: Database) => Promise<T>): Promise<T> => {
    if (await this.#mayAnswer(tenantId)) {
      try {
        return await run(this.#replica.forTenant(tenantId));
      } catch (error) {
        if (!hasCode(error, 'DATABASE_UNAVAILABLE')) throw error;
        this.#logger.debug({ err: error }, 'the replica did not answer; the primary is asked');
      }
    }
    return run(this.#primary.forTenant(tenantId));
  };

  async #mayAnswer(tenantId: string): Promise<boolean> {
    if (performance.now() - this.#knowsUntil > maxLagMs) return false;
    const mark = await this.#marks.get(markOf(tenantId));
    return mark !== 'unavailable' && (mark.value === null || BigInt(mark.value) <= this.#replayed);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    await this.#replica.close();
  }
}
