export { type Database, openDatabase, type Queries, type Transaction } from './database.ts';
export type { ApiKeyRow, AuditRow, UserRow } from './identity-schema.ts';
export { findJob, type JobFilter, listJobs, listTasks } from './job-queries.ts';
export { deleteProfile, findProfile, listProfiles, putProfile } from './profile-queries.ts';
export type { DeadLetterRow, JobRow, OutboxRow, RenditionRow, TaskRow, TenantRow } from './schema.ts';
export * as schema from './schema.ts';
