import { describeExplanation } from '../describe-explanation.ts';
import { describeJob, describeJobs } from '../describe-job.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ListOptions } from '../gateway-client.ts';
import type { Surroundings } from './submit.ts';

type Reader = Pick<Surroundings, 'client' | 'stdout'>;

const printer =
  ({ stdout }: Reader, json: boolean | undefined) =>
  (value: unknown, text: string) =>
    stdout.write(json === true ? `${JSON.stringify(value)}\n` : `${text}\n`);

export async function listJobs({ json, ...options }: ListOptions & { json?: boolean }, reader: Reader): Promise<number> {
  const list = await reader.client.listJobs(options);
  const more = list.nextCursor === null ? '' : `\nMore: --cursor ${list.nextCursor}`;
  printer(reader, json)(list, describeJobs(list.items) + more);
  return exitCodes.done;
}

export async function showJob(jobId: string, { json }: { json?: boolean }, reader: Reader): Promise<number> {
  const job = await reader.client.getJob(jobId);
  printer(reader, json)(job, describeJob(job));
  return exitCodes.done;
}

export async function explainJob(jobId: string, { json }: { json?: boolean }, reader: Reader): Promise<number> {
  const explanation = await reader.client.explainJob(jobId);
  printer(reader, json)(explanation, describeExplanation(explanation));
  return exitCodes.done;
}

export async function reprioritiseJob(
  jobId: string,
  priority: number,
  { json }: { json?: boolean },
  reader: Reader,
): Promise<number> {
  const job = await reader.client.reprioritiseJob(jobId, priority);
  const lowered = job.requestedPriority === null ? '' : `, the highest you may have: you asked for ${job.requestedPriority}`;
  printer(reader, json)(job, `${job.id} has priority ${job.priority}${lowered}.`);
  return exitCodes.done;
}

export async function cancelJob(jobId: string, { json }: { json?: boolean }, reader: Reader): Promise<number> {
  const job = await reader.client.cancelJob(jobId);
  printer(reader, json)(job, `${job.id} is ${job.state}.`);
  return exitCodes.done;
}

export interface RetryOptions {
  rendition?: string[];
  task?: string[];
  json?: boolean;
}

export async function retryJob(
  jobId: string,
  { rendition: renditions = [], task: tasks = [], json }: RetryOptions,
  reader: Reader,
): Promise<number> {
  const job = await reader.client.retryJob(jobId, { renditions, tasks });
  printer(reader, json)(job, `${job.id} is ${job.state}.`);
  return exitCodes.done;
}
