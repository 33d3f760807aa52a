import type { DeadLetterSelection, TopicName } from '@streamflix/contracts';
import type { DeadLetterRow } from '@streamflix/infra/database';
import {
  findLetter,
  groupLetters,
  type LetterCounts,
  type LetterFilter,
  type LetterGroup,
  type LetterPage,
  type LetterSummary,
  listLetters,
  orderReplay,
  parkLetters,
  previewReplay,
  type ReplayOrdered,
} from '@streamflix/infra/dead-letters';
import type { Platform } from '@streamflix/infra/processor';
import type { Requester } from '../jobs/job-store.ts';

/** What the routes need of the dead letters; a tenant sees its own and those that do not say whose they are. */
export interface LetterStore {
  list(tenantId: string, page: LetterPage): Promise<LetterSummary[]>;
  group(tenantId: string, filter: LetterFilter): Promise<LetterGroup[]>;
  find(tenantId: string, letterId: string): Promise<DeadLetterRow | null>;
  /** Throws MESSAGE_UNDECODABLE or REGISTRY_UNAVAILABLE. */
  decode(topic: TopicName, bytes: Buffer | null): Promise<object>;
  preview(tenantId: string, selection: DeadLetterSelection): Promise<LetterCounts>;
  replay(by: Requester, selection: DeadLetterSelection, perSecond: number): Promise<ReplayOrdered>;
  park(by: Requester, selection: DeadLetterSelection): Promise<LetterCounts>;
}

export const openLetterStore = ({ database, bus }: Pick<Platform, 'database' | 'bus'>): LetterStore => ({
  list: (tenantId, page) => listLetters(database.forTenant(tenantId), tenantId, page),
  group: (tenantId, filter) => groupLetters(database.forTenant(tenantId), tenantId, filter),
  find: (tenantId, letterId) => findLetter(database.forTenant(tenantId), tenantId, letterId),
  decode: (topic, bytes) => bus.decode(topic, bytes),
  preview: (tenantId, selection) => previewReplay(database.forTenant(tenantId), { tenantId, selection }),
  replay: ({ tenantId, name: requestedBy }, selection, perSecond) =>
    orderReplay(database.forTenant(tenantId), { tenantId, selection, perSecond, requestedBy }),
  park: ({ tenantId, name: requestedBy }, selection) =>
    parkLetters(database.forTenant(tenantId), { tenantId, selection, requestedBy }),
});
