import { type ApiJob, StreamflixError } from '@streamflix/contracts';
import { jobVersionOf } from '@streamflix/infra/work';
import { entityTag } from '../http/entity-tags.ts';
import type { GatewayPorts } from '../ports.ts';
import { isUuid } from './cursor.ts';
import type { JobStore } from './job-store.ts';
import { toJob } from './job-view.ts';

type Jobs = Pick<JobStore, 'read'>;

const noSuchJob = (): StreamflixError => new StreamflixError('NOT_FOUND', { message: 'There is no such job.' });

/** A job as the API tells it. NOT_FOUND for an unknown id and for another tenant's job alike. */
export async function readJob({ jobs }: { jobs: Jobs }, tenantId: string, jobId: string): Promise<ApiJob> {
  const status = isUuid(jobId) ? await jobs.read(tenantId, jobId) : null;
  if (status === null) throw noSuchJob();
  return toJob(status.job, status.tasks);
}

/** The answer about a job, ready to be sent. */
export interface StatusAnswer {
  etag: string;
  /** JSON. */
  body: string;
}

async function loadStatus(jobs: Jobs, tenantId: string, jobId: string): Promise<StatusAnswer | null> {
  const status = await jobs.read(tenantId, jobId);
  if (status === null) return null;
  const body = JSON.stringify(toJob(status.job, status.tasks));
  return { etag: entityTag(jobVersionOf(status.job), body), body };
}

/** The same, as it was at most a second ago; whoever has just changed something gets it as it is. */
export async function readStatus(
  { jobs, statuses }: Pick<GatewayPorts, 'jobs' | 'statuses'>,
  tenantId: string,
  jobId: string,
): Promise<StatusAnswer> {
  const answer = isUuid(jobId) ? await statuses.read(tenantId, jobId, () => loadStatus(jobs, tenantId, jobId)) : null;
  if (answer === null) throw noSuchJob();
  return answer;
}
