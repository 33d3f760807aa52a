import type { ChangeTenantRequest } from '@streamflix/contracts';
import { asc, eq, sql } from 'drizzle-orm';
import { type Database, schema, type TenantRow } from '../database/index.ts';

const { tenants, jobs, users, apiKeys } = schema;

export interface Tenants {
  list(): Promise<TenantRow[]>;
  get(id: string): Promise<TenantRow | null>;
  /** Null when there is one already. */
  create(id: string, fields: ChangeTenantRequest): Promise<TenantRow | null>;
  change(id: string, fields: ChangeTenantRequest): Promise<TenantRow | null>;
  /** Only what nobody and nothing belongs to can go. */
  remove(id: string): Promise<'removed' | 'in-use' | 'not-found'>;
  /** A tenant without a row is active: what the configuration says for everybody holds for it. */
  isSuspended(id: string): Promise<boolean>;
}

/** What was given; drizzle takes an undefined field for an absent one. */
const given = (fields: ChangeTenantRequest): Partial<TenantRow> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

export function openTenants(database: Database): Tenants {
  const get = async (id: string): Promise<TenantRow | null> =>
    (await database.query((db) => db.select().from(tenants).where(eq(tenants.id, id))))[0] ?? null;
  return {
    get,
    list: () => database.query((db) => db.select().from(tenants).orderBy(asc(tenants.id))),
    create: async (id, fields) =>
      (
        await database.query((db) =>
          db
            .insert(tenants)
            .values({ ...given(fields), id })
            .onConflictDoNothing()
            .returning(),
        )
      )[0] ?? null,
    change: async (id, fields) => {
      const changes = given(fields);
      if (Object.keys(changes).length === 0) return get(id);
      return (await database.query((db) => db.update(tenants).set(changes).where(eq(tenants.id, id)).returning()))[0] ?? null;
    },
    remove: (id) =>
      database.transaction(async (db) => {
        const [row] = await db.select().from(tenants).where(eq(tenants.id, id)).for('update');
        if (row === undefined) return 'not-found';
        const { rows } = await db.execute<{ used: boolean }>(
          sql`select exists (select from ${jobs} where tenant_id = ${id}) or exists (select from ${users} where tenant_id = ${id})
            or exists (select from ${apiKeys} where tenant_id = ${id} and revoked_at is null) as used`,
        );
        if (rows[0]?.used !== false) return 'in-use';
        await db.delete(tenants).where(eq(tenants.id, id));
        return 'removed';
      }),
    isSuspended: async (id) => (await get(id))?.status === 'suspended',
  };
}
