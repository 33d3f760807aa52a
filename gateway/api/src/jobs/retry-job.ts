import { type ApiJob, StreamflixError } from '@streamflix/contracts';
import type { Wanted } from '@streamflix/infra/work';
import type { GatewayPorts } from '../ports.ts';
import { isUuid } from './cursor.ts';
import type { Requester } from './job-store.ts';
import { readJob } from './read-job.ts';
import { notEnded, refuseUnseen } from './refuse-decision.ts';

/**
 * Takes an ended job up again. Throws NOT_FOUND, PRECONDITION_FAILED where it is not of the version expected, VALIDATION_FAILED for a name it
 * does not have, CONFLICT where it has not ended or is completed.
 */
export async function retryJob(
  ports: GatewayPorts,
  by: Requester,
  { jobId, wanted, expected }: { jobId: string; wanted: Wanted; expected?: string | undefined },
): Promise<ApiJob> {
  const answer = isUuid(jobId) ? await ports.jobs.retry(by, jobId, wanted, expected) : 'not-found';
  refuseUnseen(answer);
  if (answer === 'no-such-rendition' || answer === 'no-such-task') {
    const what = answer === 'no-such-rendition' ? 'rendition' : 'task to be made again';
    throw new StreamflixError('VALIDATION_FAILED', { message: `The job has no ${what} of that name.` });
  }
  const job = await readJob(ports, by.tenantId, jobId);
  if (answer === 'not-ended') throw notEnded(job);
  if (answer === 'completed')
    throw new StreamflixError('CONFLICT', { message: 'The job is completed.', details: { state: job.state } });
  return job;
}
