export { findOrphans } from './find-orphans.ts';
export type { JobScope } from './list-jobs.ts';
export type { CheckerPorts } from './look-at-jobs.ts';
export { countOverdueCleanUps, oldestUnconfirmedSeconds } from './overdue.ts';
export { type VerifyOptions, verifyJobs } from './verify-jobs.ts';
