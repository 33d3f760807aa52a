import type { ApiUsage, ApiWorkDone, UsageQuery } from '@streamflix/contracts';
import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../database/index.ts';
import { workDone } from './read-stats.ts';

/** More would be no answer any more; the largest are told. */
const mostItems = 10_000;

const groups: Record<UsageQuery['by'], { columns: SQL; by: SQL; order: SQL }> = {
  tenant: {
    columns: sql`tenant_id as "tenantId", null as "keyId", null as "keyName", null as day`,
    by: sql`tenant_id`,
    order: sql`"cpuSeconds" desc, tenant_id`,
  },
  key: {
    columns: sql`tenant_id as "tenantId", key_id as "keyId",
      (select k.name from api_keys k where k.id::text = key_id) as "keyName", null as day`,
    by: sql`tenant_id, key_id`,
    order: sql`"cpuSeconds" desc, tenant_id, key_id`,
  },
  day: {
    columns: sql`null as "tenantId", null as "keyId", null as "keyName", to_char(ended_at at time zone 'UTC', 'YYYY-MM-DD') as day`,
    by: sql`to_char(ended_at at time zone 'UTC', 'YYYY-MM-DD')`,
    order: sql`day`,
  },
};

interface Item extends ApiWorkDone {
  tenantId: string | null;
  keyId: string | null;
  keyName: string | null;
  day: string | null;
}

/** What was done in these days, both included: of one tenant, or of all where none is given. */
export async function readUsage(
  whole: Database,
  tenantId: string | null,
  { from, to, by }: { from: string; to: string; by: UsageQuery['by'] },
): Promise<ApiUsage> {
  const { columns, by: group, order } = groups[by];
  const database = tenantId === null ? whole : whole.forTenant(tenantId);
  const { rows } = await database.query((db) =>
    db.execute<Item & Record<string, unknown>>(sql`
      select ${columns}, ${workDone} from usage
      where ended_at >= ${from}::date::timestamp at time zone 'UTC' and ended_at < (${to}::date + 1)::timestamp at time zone 'UTC'
        and ${tenantId === null ? sql`true` : sql`tenant_id = ${tenantId}`}
      group by ${group} order by ${order} limit ${mostItems}`),
  );
  return { scope: tenantId === null ? 'platform' : 'tenant', from, to, by, items: rows };
}
