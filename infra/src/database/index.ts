export { CommitUnknown } from './commit-unknown.ts';
export { type Database, openDatabase, type Queries, type Transaction } from './database.ts';
export type { DeadLetterRow } from './dead-letter-schema.ts';
export type { ApiKeyRow, AuditRow, UserRow } from './identity-schema.ts';
export {
  countJobs,
  type JobFilter,
  type JobListQuery,
  type ListedJob,
  type ListedJobRow,
  type ListPlace,
  listJobs,
} from './job-lists.ts';
export {
  findJob,
  type HistoryPage,
  type HistoryRow,
  type JobStatus,
  listHistory,
  listTasks,
  readJobStatus,
  type TaskStatus,
  toTaskStatus,
} from './job-queries.ts';
export { oncePerConnection } from './once-per-connection.ts';
export { deleteProfile, findProfile, listProfiles, putProfile } from './profile-queries.ts';
export { ReadReplica } from './read-replica.ts';
export type { JobRow, OutboxRow, RenditionRow, TaskRow, TenantRow } from './schema.ts';
export * as schema from './schema.ts';
