import { exitCodes, UsageError } from '../exit-codes.ts';
import { confirm } from './confirm.ts';
import { type Output, print } from './output.ts';
import type { Surroundings } from './surroundings.ts';

type Teller = Pick<Surroundings, 'client' | 'stdout'>;

export async function reprioritiseJob(jobId: string, priority: number, options: Output, teller: Teller): Promise<number> {
  const job = await teller.client.reprioritiseJob(jobId, priority);
  const lowered = job.requestedPriority === null ? '' : `, the highest you may have: you asked for ${job.requestedPriority}`;
  return print(teller, options, job, `${job.id} has priority ${job.priority}${lowered}.`);
}

export async function cancelJob(jobId: string, options: Output, teller: Teller): Promise<number> {
  const job = await teller.client.cancelJob(jobId);
  return print(teller, options, job, `${job.id} is ${job.state}.`);
}

export interface RetryOptions extends Output {
  rendition?: string[];
  task?: string[];
}

export async function retryJob(jobId: string, options: RetryOptions, teller: Teller): Promise<number> {
  const { rendition: renditions = [], task: tasks = [] } = options;
  const job = await teller.client.retryJob(jobId, { renditions, tasks });
  return print(teller, options, job, `${job.id} is ${job.state}.`);
}

export interface DeleteOptions extends Output {
  cancel?: boolean;
  yes?: boolean;
}

/** Deletes a job with its files, once somebody said so: at the terminal or by --yes. */
export async function deleteJob(jobId: string, options: DeleteOptions, surroundings: Surroundings): Promise<number> {
  const { client, stdin, stderr } = surroundings;
  if (options.yes !== true) {
    if (stdin.isTTY !== true) throw new UsageError('There is no terminal to ask at: say --yes.');
    if (!(await confirm(surroundings, `Delete job ${jobId} with its package, its work and its upload?`))) {
      stderr.write('Nothing was deleted.\n');
      return exitCodes.interrupted;
    }
  }
  await client.deleteJob(jobId, { cancelsFirst: options.cancel === true });
  return print(surroundings, options, { id: jobId, deleted: true }, `${jobId} is deleted; its files follow within minutes.`);
}
