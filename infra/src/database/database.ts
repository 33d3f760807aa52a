import { StreamflixError } from '@streamflix/contracts';
import { DrizzleQueryError, sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import type { Config } from '../config/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { CommitUnknown } from './commit-unknown.ts';
import { migrate } from './migrate.ts';
import { SharedConnection } from './shared-connection.ts';
import { type TenantScope, tenantScope, withinScope } from './tenant-scope.ts';

export type Queries = NodePgDatabase;
export type Transaction = Parameters<Parameters<Queries['transaction']>[0]>[0];

export interface Database {
  /** For reads and single statements; run again as a transaction is. Failures of the connection are DATABASE_UNAVAILABLE. */
  query<T>(run: (queries: Queries) => Promise<T>): Promise<T>;
  /**
   * For statements that find a few rows by a key. Those of all tenants share one connection, so a slow one would keep the others; without a
   * tenant it is a query like any other.
   */
  lookUp<T>(run: (queries: Queries) => Promise<T>): Promise<T>;
  /**
   * All or nothing; run again when the server asks for it (deadlock, serialization), so `run` must have no other effects. Throws
   * `CommitUnknown` where nobody can say which of the two.
   */
  transaction<T>(run: (transaction: Transaction) => Promise<T>): Promise<T>;
  /**
   * The same database, showing nothing but what belongs to the tenant, whatever a query asks for: row-level security. It costs no
   * round trip more.
   */
  forTenant(tenantId: string): Database;
  migrate(): Promise<string[]>;
  /** Throws DATABASE_UNAVAILABLE when it does not answer. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/**
 * SQLSTATEs that say "not now" and nothing about the statement: connection, log-in, rollback, resources, a lock waited for too
 * long, operator intervention (a statement that took too long among it), system; and a server that was just demoted.
 */
const unavailableStates = /^(08|28|40|53|55P03|57|58|25006|25P03)/;
const systemErrors = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);
const clientMessages =
  /timeout exceeded when trying to connect|Connection terminated|Client (has encountered a connection error|was closed)|Query read timeout/;
const repeatableStates = new Set(['40001', '40P01']);

const rootOf = (error: unknown): unknown =>
  error instanceof DrizzleQueryError && error.cause !== undefined ? error.cause : error;

const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
};

function isAway(error: unknown): boolean {
  const code = codeOf(error);
  return unavailableStates.test(code) || systemErrors.has(code) || (error instanceof Error && clientMessages.test(error.message));
}

function translate(thrown: unknown): unknown {
  if (thrown instanceof StreamflixError) return thrown;
  const error = rootOf(thrown);
  return isAway(error) ? new StreamflixError('DATABASE_UNAVAILABLE', { cause: error }) : error;
}

const maxRepeats = 5;

export function openDatabase(
  config: Pick<Config['database'], 'url' | 'poolSize'>,
  { name, logger }: { name: string; logger: Logger },
): Database {
  const options = {
    connectionString: config.url,
    application_name: `streamflix-${name}`,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 30_000,
    // The socket must not wait for a server that vanished without closing it.
    query_timeout: 35_000,
    // A process that stalls in the middle of a transaction must not keep the others from the rows it locked.
    idle_in_transaction_session_timeout: 20_000,
    keepAlive: true,
    // Statements that are asked at once are sent at once.
    pipeline: true,
  };
  const openPool = (max: number): pg.Pool => {
    const pool = new pg.Pool({ ...options, max });
    pool.on('error', (error) => logger.warn({ err: error }, 'an idle database connection broke'));
    // The pool listens to idle connections only; one that breaks in use would end the process.
    pool.on('connect', (client) => client.on('error', () => undefined));
    return pool;
  };
  const pool = openPool(config.poolSize);
  const queries = drizzle(pool);
  const lookUpPool = openPool(1);
  const shared = new SharedConnection(lookUpPool);

  /** Throws DATABASE_UNAVAILABLE; what the server rolled back for the sake of others is run again. */
  async function repeated<T>(run: () => Promise<T>): Promise<T> {
    for (let repeat = 0; ; repeat += 1) {
      try {
        return await run();
      } catch (error) {
        if (repeat >= maxRepeats || !repeatableStates.has(codeOf(rootOf(error)))) throw translate(error);
      }
    }
  }

  /** Given up without an answer, it may still be busy: nobody is to wait behind that. */
  function isBroken(error: unknown): boolean {
    const root = error instanceof CommitUnknown ? error.cause : rootOf(error);
    return isAway(root) && !(root instanceof pg.DatabaseError);
  }

  async function withClient<T>(run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    let broken = false;
    try {
      return await run(client);
    } catch (error) {
      broken = isBroken(error);
      throw error;
    } finally {
      client.release(broken);
    }
  }

  const transact = <T>(run: (transaction: Transaction) => Promise<T>, scope?: TenantScope): Promise<T> =>
    withClient(async (client) => {
      let isToCommit = false;
      const transacting = drizzle(client).transaction(async (transaction) => {
        if (scope !== undefined) await transaction.execute(sql.raw(scope));
        const result = await run(transaction);
        isToCommit = true;
        return result;
      });
      return transacting.catch((error: unknown) => {
        const root = rootOf(error);
        throw isToCommit && isAway(root) && !repeatableStates.has(codeOf(root)) ? new CommitUnknown(root) : error;
      });
    });

  const database: Database = {
    query: (run) => repeated(() => run(queries)),
    lookUp: (run) => database.query(run),
    transaction: (run) => repeated(() => transact(run)),
    forTenant(tenantId) {
      const scope = tenantScope(tenantId);
      return {
        ...database,
        query: (run) => repeated(() => withClient((client) => withinScope(client, scope, run))),
        lookUp: (run) => repeated(() => shared.use((client) => withinScope(client, scope, run), isBroken)),
        transaction: (run) => repeated(() => transact(run, scope)),
      };
    },
    migrate: () => migrate(pool),
    check: () => repeated(async () => void (await pool.query('select 1'))),
    async close() {
      await shared.close();
      await Promise.all([pool.end(), lookUpPool.end()]);
    },
  };
  return database;
}
