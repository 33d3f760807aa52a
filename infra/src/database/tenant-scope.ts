import { isTenantId } from '@streamflix/contracts';
import type pg from 'pg';

/** Statements that confine the rest of a transaction to one tenant; migration 0014 has the policies. */
export type TenantScope = string & { readonly scope: unique symbol };

/** The id is checked, for the statement takes no parameters. */
export function tenantScope(tenantId: string): TenantScope {
  if (!isTenantId(tenantId)) throw new Error('not the id of a tenant');
  return `set local role streamflix_gateway; set local app.tenant_id = '${tenantId}'` as TenantScope;
}

class ScopedClient {
  readonly #client: pg.PoolClient;
  readonly #scope: TenantScope;

  constructor(client: pg.PoolClient, scope: TenantScope) {
    this.#client = client;
    this.#scope = scope;
  }

  /** Each statement is a transaction of its own. All is sent at once: when the first part fails, the rest is refused by the server. */
  async query(...asked: [never]): Promise<unknown> {
    const begun = this.#client.query(`begin; ${this.#scope}`);
    const answer = this.#client.query(...asked);
    const ended = this.#client.query('commit');
    const [, result] = await Promise.all([begun, answer, ended]);
    return result;
  }
}

/** A client whose statements see one tenant. */
export const scopedClient = (client: pg.PoolClient, scope: TenantScope): pg.PoolClient =>
  new ScopedClient(client, scope) as unknown as pg.PoolClient;
