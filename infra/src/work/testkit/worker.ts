import {
  type Claim,
  type ClaimedTask,
  type ClaimOptions,
  claimTask,
  finishRenditions,
  finishTask,
  inTransaction,
  lockJob,
  type WorkPorts,
} from '../index.ts';

/** What proves that a task was claimed. */
export const claimOf = ({ task }: ClaimedTask): Claim => ({ taskId: task.id, epoch: task.epoch });

/** Claims what there must be. */
export async function claimOne(
  ports: WorkPorts,
  options: Partial<ClaimOptions> & Pick<ClaimOptions, 'pool'>,
): Promise<ClaimedTask> {
  const claimed = await claimTask(ports, { worker: 'w', leaseMs: 60_000, ...options });
  if (claimed === null) throw new Error('nothing to claim');
  return claimed;
}

/** Ends a task as a worker does, with an object for each of its renditions; what is awaited before the commit sees it open. */
export const finish = (ports: WorkPorts, claimed: ClaimedTask, beforeCommit?: () => Promise<unknown>): Promise<void> =>
  inTransaction(ports, async (unit) => {
    const { task } = claimed;
    const job = await lockJob(unit, task.jobId);
    if (job === null) throw new Error('no job');
    const objects = task.renditions.map((rendition) => ({ rendition, key: `k${task.epoch}`, sizeBytes: 1, durationSeconds: 1 }));
    await finishTask(unit, claimOf(claimed), { objects }, 'w');
    await finishRenditions(unit, job, task);
    await beforeCommit?.();
  });
