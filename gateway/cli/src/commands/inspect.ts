import { describeExplanation } from '../describe-explanation.ts';
import { describeHistory } from '../describe-history.ts';
import { describeJob, describeJobs } from '../describe-job.ts';
import type { HistoryPage, ListOptions } from '../gateway-client.ts';
import { type Output, print } from './output.ts';
import type { Surroundings } from './surroundings.ts';

type Teller = Pick<Surroundings, 'client' | 'stdout'>;

const more = ({ nextCursor }: { nextCursor: string | null }): string =>
  nextCursor === null ? '' : `\nMore: --cursor ${nextCursor}`;

const totalOf = (total: { count: number; isExact: boolean } | null): string =>
  total === null ? '' : `\nTotal: ${total.isExact ? '' : 'more than '}${total.count}`;

export type ListJobsOptions = Output & Omit<ListOptions, 'total'> & { total?: boolean };

export async function listJobs(options: ListJobsOptions, teller: Teller): Promise<number> {
  const { json: _, total, ...filters } = options;
  const list = await teller.client.listJobs({ ...filters, ...(total === true ? { total: 'true' } : {}) });
  return print(teller, options, list, describeJobs(list.items) + totalOf(list.total) + more(list));
}

export async function showJob(jobId: string, options: Output, teller: Teller): Promise<number> {
  const job = await teller.client.getJob(jobId);
  return print(teller, options, job, describeJob(job));
}

export async function explainJob(jobId: string, options: Output, teller: Teller): Promise<number> {
  const explanation = await teller.client.explainJob(jobId);
  return print(teller, options, explanation, describeExplanation(explanation));
}

export async function showHistory(jobId: string, options: Output & HistoryPage, teller: Teller): Promise<number> {
  const { json: _, ...page } = options;
  const history = await teller.client.historyOf(jobId, page);
  return print(teller, options, history, describeHistory(history.items) + more(history));
}
