import { sql } from 'drizzle-orm';
import type { Transaction } from '../database/index.ts';

/**
 * Writes what an attempt of a job cost, in the transaction that ends it: the job is locked and ends once. What its tasks cost is counted with
 * the attempt in which they were done; one that is made again counts again.
 */
export async function recordUsage(db: Transaction, jobId: string): Promise<void> {
  await db.execute(sql`
    with counted as (
      update tasks set counted = true where job_id = ${jobId} and state = 'done' and pool <> 'notify' and not counted
      returning predicted_cpu_seconds
    )
    insert into usage (job_id, attempt, tenant_id, key_id, outcome, source_seconds, output_bytes, cpu_seconds)
    select j.id, j.attempt, j.tenant_id, j.submitted_by_key, j.state,
      case when j.state = 'completed' then coalesce((j.plan -> 'source' ->> 'durationSeconds')::float8, 0) else 0 end,
      case when j.state = 'completed' then coalesce((
        select sum(file.value::bigint) from published_packages p, jsonb_each_text(p.files) file where p.job_id = j.id), 0) else 0 end,
      (select coalesce(sum(predicted_cpu_seconds), 0) from counted)
    from jobs j where j.id = ${jobId}`);
}
