import { describeJob } from '../describe-job.ts';
import { exitCodes } from '../exit-codes.ts';
import { showNothing, showProgress } from '../progress-line.ts';
import { waitForJob } from '../wait-for-job.ts';
import { type Output, print } from './output.ts';
import type { Surroundings } from './surroundings.ts';

/** Follows a job that was submitted before. Returns the exit code. */
export async function watch(jobId: string, options: Output, surroundings: Surroundings): Promise<number> {
  const { client, stderr, interrupted } = surroundings;
  const line = options.json === true && stderr.isTTY !== true ? showNothing : showProgress(stderr);
  try {
    const job = await waitForJob(client, jobId, { signal: interrupted, onStep: line.step });
    line.end();
    print(surroundings, options, job, describeJob(job));
    return job.state === 'completed' ? exitCodes.done : exitCodes.jobFailed;
  } catch (error) {
    line.end();
    throw error;
  }
}
