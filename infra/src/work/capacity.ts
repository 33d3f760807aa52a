import type { Capacity } from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import type { Database } from '../database/index.ts';
import { seenWithinSeconds } from './eligibility.ts';

/** What the workers that encode can take on now. */
export interface EncodeCapacity extends Capacity {
  /** Of each worker that is there: what tasks may still take of its disk. */
  freeDiskBytes: number[];
  /** What some of them can do. */
  capabilities: string[];
}

interface Row extends Record<string, unknown> {
  slots: number;
  taken: number;
  free: number[];
  capabilities: string[];
}

/** A slot is idle when nothing runs in it and nothing waits for it. Workers that are away or quarantined do not count. */
export async function readEncodeCapacity(database: Database): Promise<EncodeCapacity> {
  const { rows } = await database.query((db) =>
    db.execute<Row>(sql`
      with present as (
        select slots, free_disk_bytes, capabilities from workers
        where pool = 'encode' and last_seen_at > now() - make_interval(secs => ${seenWithinSeconds})
          and coalesce(quarantined_until <= now(), true)
      ), total as (select coalesce(sum(slots), 0)::integer as slots from present)
      select total.slots,
        -- No more of them than there are slots: a long queue costs nothing here.
        (select count(*)::integer from (
          (select 1 from tasks where pool = 'encode' and state = 'running' and lease_until is not null limit total.slots)
          union all
          (select 1 from tasks where pool = 'encode' and state in ('ready', 'retrying') limit total.slots)) counted) as taken,
        array(select free_disk_bytes::float8 from present where free_disk_bytes is not null) as free,
        array(select distinct unnest(capabilities) from present order by 1) as capabilities
      from total`),
  );
  const { slots = 0, taken = 0, free = [], capabilities = [] } = rows[0] ?? {};
  return { idleSlots: Math.max(0, slots - taken), freeDiskBytes: free, capabilities };
}
