import { AsyncLocalStorage } from 'node:async_hooks';
import type { Duplex } from 'node:stream';
import { isTenantId } from '@streamflix/contracts';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { gatherWrites } from '../net/gather-writes.ts';
import { oncePerConnection } from './once-per-connection.ts';

/** Statements that confine the rest of a transaction to one tenant; migration 0014 has the policies. */
export type TenantScope = string & { readonly scope: unique symbol };

/** The id is checked, for the statement takes no parameters. */
export function tenantScope(tenantId: string): TenantScope {
  if (!isTenantId(tenantId)) throw new Error('not the id of a tenant');
  return `set local role streamflix_gateway; set local app.tenant_id = '${tenantId}'` as TenantScope;
}

const scopes = new AsyncLocalStorage<TenantScope>();

/** The types of pg do not tell of it. */
const socketOf = (client: pg.PoolClient): Duplex => (client as unknown as { connection: { stream: Duplex } }).connection.stream;

/** A client whose statements see the tenant they are asked for. */
class ScopedClient {
  readonly #client: pg.PoolClient;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  /** Each statement is a transaction of its own. All is sent at once: when the first part fails, the rest is refused by the server. */
  async query(...asked: [never]): Promise<unknown> {
    const scope = scopes.getStore();
    if (scope === undefined) throw new Error('a statement outside of any tenant');
    gatherWrites(socketOf(this.#client));
    const begun = this.#client.query(`begin; ${scope}`);
    const answer = this.#client.query(...asked);
    const ended = this.#client.query('commit');
    const [, result] = await Promise.all([begun, answer, ended]);
    return result;
  }
}

const scopedQueriesOf = oncePerConnection((client: pg.PoolClient) =>
  drizzle(new ScopedClient(client) as unknown as pg.PoolClient),
);

/** Runs statements that see one tenant. Others may use the connection meanwhile, for another tenant too. */
export const withinScope = <T>(
  connection: pg.PoolClient,
  scope: TenantScope,
  run: (queries: NodePgDatabase) => Promise<T>,
  // A query of drizzle begins when it is awaited.
): Promise<T> => scopes.run(scope, async () => await run(scopedQueriesOf(connection)));
