import { StreamflixError } from '@streamflix/contracts';
import { DrizzleQueryError } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import type { Config } from '../config/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { migrate } from './migrate.ts';
import * as schema from './schema.ts';

export type Queries = NodePgDatabase<typeof schema>;
export type Transaction = Parameters<Parameters<Queries['transaction']>[0]>[0];

export interface Database {
  /** For reads and single statements. Failures of the connection are DATABASE_UNAVAILABLE. */
  query<T>(run: (queries: Queries) => Promise<T>): Promise<T>;
  /** All or nothing; run again when the server asks for it (deadlock, serialization), so `run` must have no other effects. */
  transaction<T>(run: (transaction: Transaction) => Promise<T>): Promise<T>;
  migrate(): Promise<string[]>;
  /** Throws DATABASE_UNAVAILABLE when it does not answer. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** SQLSTATE classes that say "the server or the way to it is away": connection, resources, operator intervention. */
const unavailableStates = /^(08|53|57P|58)/;
const systemErrors = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);
const clientMessages =
  /timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Query read timeout/;
const repeatableStates = new Set(['40001', '40P01']);

const rootOf = (error: unknown): unknown =>
  error instanceof DrizzleQueryError && error.cause !== undefined ? error.cause : error;

const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
};

function translate(thrown: unknown): unknown {
  if (thrown instanceof StreamflixError) return thrown;
  const error = rootOf(thrown);
  const code = codeOf(error);
  const isAway =
    unavailableStates.test(code) || systemErrors.has(code) || (error instanceof Error && clientMessages.test(error.message));
  return isAway ? new StreamflixError('DATABASE_UNAVAILABLE', { cause: error }) : error;
}

const maxRepeats = 5;

export function openDatabase(config: Config['database'], { name, logger }: { name: string; logger: Logger }): Database {
  const pool = new pg.Pool({
    connectionString: config.url,
    max: config.poolSize,
    application_name: `streamflix-${name}`,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 30_000,
    // The socket must not wait for a server that vanished without closing it.
    query_timeout: 35_000,
    keepAlive: true,
  });
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle database connection broke'));
  const queries = drizzle(pool, { schema });

  async function guarded<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw translate(error);
    }
  }

  async function transaction<T>(run: (transaction: Transaction) => Promise<T>): Promise<T> {
    for (let repeat = 0; ; repeat += 1) {
      try {
        return await queries.transaction(run);
      } catch (error) {
        if (repeat >= maxRepeats || !repeatableStates.has(codeOf(rootOf(error)))) throw translate(error);
      }
    }
  }

  return {
    query: (run) => guarded(() => run(queries)),
    transaction,
    migrate: () => migrate(pool),
    check: () => guarded(async () => void (await pool.query('select 1'))),
    close: () => pool.end(),
  };
}
