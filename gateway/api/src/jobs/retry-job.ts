import { type ApiJob, StreamflixError } from '@streamflix/contracts';
import type { Wanted } from '@streamflix/infra/work';
import type { GatewayPorts } from '../ports.ts';
import { isUuid } from './cursor.ts';
import type { Requester } from './job-store.ts';
import { readJob } from './read-job.ts';

/** Takes an ended job up again. Throws NOT_FOUND, VALIDATION_FAILED for a name it does not have, CONFLICT where it has not ended or is completed. */
export async function retryJob(ports: GatewayPorts, by: Requester, jobId: string, wanted: Wanted): Promise<ApiJob> {
  const answer = isUuid(jobId) ? await ports.jobs.retry(by, jobId, wanted) : 'not-found';
  if (answer === 'not-found') throw new StreamflixError('NOT_FOUND', { message: 'There is no such job.' });
  if (answer === 'no-such-rendition' || answer === 'no-such-task') {
    const what = answer === 'no-such-rendition' ? 'rendition' : 'task to be made again';
    throw new StreamflixError('VALIDATION_FAILED', { message: `The job has no ${what} of that name.` });
  }
  const job = await readJob(ports, by.tenantId, jobId);
  if (answer === 'retrying') return job;
  throw new StreamflixError('CONFLICT', {
    message: answer === 'completed' ? 'The job is completed.' : `The job has not ended: it is ${job.state}.`,
    details: { state: job.state },
  });
}
