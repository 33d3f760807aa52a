import { ensureJob, ensureProbeTask, inTransaction, type Submission, type WorkPorts } from '../index.ts';
import { submission } from './submission.ts';

/** A job as it begins: its source waits to be probed. */
export const probeJob = (ports: WorkPorts, changes: Partial<Submission> = {}): Promise<string> =>
  inTransaction(ports, async (unit) => {
    const { job } = await ensureJob(unit, submission(changes));
    await ensureProbeTask(unit, job);
    return job.id;
  });
