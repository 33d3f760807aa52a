import {
  type ApiStats,
  type ApiUsage,
  type Explanation,
  explainJob,
  type QueueLoad,
  type SourceInfo,
} from '@streamflix/contracts';
import { findProbedSource, readLoad, readSituation, readStats, readUsage } from '@streamflix/infra/insight';
import type { Platform } from '@streamflix/infra/processor';

/** What the routes can say about work; others than the tenant appear in it as numbers only. */
export interface InsightStore {
  /** Null for another tenant's job. */
  explain(tenantId: string, jobId: string): Promise<Explanation | null>;
  /** How a further job of the tenant would find the queue. */
  load(tenantId: string, priority: number): Promise<QueueLoad>;
  /** Null where no job of the tenant has looked into the object. */
  probedSource(tenantId: string, object: { bucket: string; key: string }): Promise<SourceInfo | null>;
  /** Of all tenants where none is given. */
  stats(tenantId: string | null): Promise<ApiStats>;
  usage(tenantId: string | null, query: Parameters<typeof readUsage>[2]): Promise<ApiUsage>;
}

export const openInsightStore = (
  { database }: Pick<Platform, 'database'>,
  quota: { maxRunningTasks?: number | undefined } = {},
): InsightStore => ({
  async explain(tenantId, jobId) {
    const facts = await readSituation(database, { tenantId, jobId }, quota);
    return facts && explainJob(facts);
  },
  load: (tenantId, priority) => readLoad(database, { tenantId, priority }, quota),
  probedSource: (tenantId, object) => findProbedSource(database, tenantId, object),
  stats: (tenantId) => readStats(database, tenantId),
  usage: (tenantId, query) => readUsage(database, tenantId, query),
});
