import { type ApiJob, StreamflixError } from '@streamflix/contracts';
import type { GatewayPorts } from '../ports.ts';
import { isUuid } from './cursor.ts';
import { toJob } from './job-view.ts';

/** A job as the API tells it. NOT_FOUND for an unknown id and for another tenant's job alike. */
export async function readJob({ jobs }: Pick<GatewayPorts, 'jobs'>, tenantId: string, jobId: string): Promise<ApiJob> {
  const job = isUuid(jobId) ? await jobs.find(tenantId, jobId) : null;
  if (job === null) throw new StreamflixError('NOT_FOUND', { message: 'There is no such job.' });
  return toJob(job, await jobs.tasksOf(job));
}
