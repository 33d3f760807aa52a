import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ApiSchemas } from '@streamflix/client';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { printable } from '../text-table.ts';
import { type Output, print } from './output.ts';
import type { Surroundings } from './surroundings.ts';

export interface SubmitBatchOptions extends Output {
  idempotencyKey?: string;
}

/** As the API takes it, or only its list. The gateway says what is wrong with it. */
function parseBatch(document: string, name: string): ApiSchemas['CreateBatchRequestInput'] {
  try {
    const batch: unknown = JSON.parse(document);
    return (Array.isArray(batch) ? { jobs: batch } : batch) as ApiSchemas['CreateBatchRequestInput'];
  } catch (error) {
    throw new UsageError(`${name} is not a JSON document: ${(error as Error).message}`);
  }
}

function describeItem({ status, job, error }: ApiSchemas['BatchItem'], index: number): string {
  const outcome = job === null ? `${error?.code}: ${printable(error?.message ?? '')}` : `${job.id}  ${job.state}  ${job.videoId}`;
  return `${index + 1}  ${status}  ${outcome}`;
}

/** Submits many jobs at once and prints a line for each. Returns the exit code: 1 when any was refused. */
export async function submitBatch(file: string, options: SubmitBatchOptions, surroundings: Surroundings): Promise<number> {
  const { client, folder, stdin, interrupted } = surroundings;
  const document = await (file === '-' ? text(stdin) : readFile(resolve(folder, file), 'utf8')).catch((error: Error) => {
    throw new UsageError(`${file} cannot be read: ${error.message}`);
  });
  const call = { signal: interrupted, idempotencyKey: options.idempotencyKey };
  const answer = await client.submissions.createBatch(parseBatch(document, file), call);
  print(surroundings, options, answer, answer.items.map(describeItem).join('\n'));
  return answer.refused === 0 ? exitCodes.done : exitCodes.itemRefused;
}
