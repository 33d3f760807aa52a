export { liftWaiting } from './ageing.ts';
export { announceTasks } from './announce-tasks.ts';
export { type BuriedTask, buryTask } from './bury-task.ts';
export { type EncodeCapacity, readEncodeCapacity } from './capacity.ts';
export { type ClaimedTask, type ClaimOptions, claimTask, showPhase } from './claim.ts';
export { type RanCommandRow, recordCommands } from './commands.ts';
export { type DeletionAnswer, deleteJob } from './deletion.ts';
export { deviceOf, encodeInSoftware } from './encode-in-software.ts';
export { expireJobs, returnExpiredLeases } from './expiry.ts';
export { settleFailure } from './failure.ts';
export { type FetchedSource, type FetchSubmission, submitFetch, tellFetched } from './fetched-jobs.ts';
export { forEach } from './for-each.ts';
export { jobVersionOf, lockJob, moveJob, type Reason, storable } from './history.ts';
export {
  type Cancellation,
  cancelJob,
  ensureJob,
  ensureProbeTask,
  failJob,
  findSubmittedJob,
  identityOf,
  jobIdOf,
  outcomeEventIdOf,
  reprioritiseJob,
  type Submission,
  submitUpload,
  uploadEventIdOf,
  type Version,
} from './jobs.ts';
export { leaseSweep } from './lease-sweep.ts';
export { confirmEvents, OutboxRelay } from './outbox-relay.ts';
export { progressTeller } from './progress.ts';
export { assertQuota, hasUnfinishedJobs, type Quota, refusalByQuota } from './quota.ts';
export { addRenditions, finishRenditions, listRenditions, requireForPackage } from './renditions.ts';
export { type Retry, type RetryAnswer, retryJob, type Wanted } from './retry.ts';
export { addTasks, type Claim, finishTask, jobIsLive, type NewTask, readyTask, renewLease, type Verdict } from './tasks.ts';
export { listUnclaimable, sweepUnclaimable, type UnclaimableTask } from './unclaimable.ts';
export { inTransaction, receiveOnce, type UnitOfWork, type WorkPorts } from './unit-of-work.ts';
export { dismissWorker, forgetWorkers, noteSuccess, type Standing, seeWorker, type WorkerIntroduction } from './workers.ts';
