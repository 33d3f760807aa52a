import { createInterface } from 'node:readline';
import { type VerificationLine, verificationLineSchema } from '@streamflix/contracts';
import { exitCodes, RefusedError, UnreachableError } from '../exit-codes.ts';
import type { Surroundings } from './surroundings.ts';

export interface VerifyOptions {
  since?: string;
  job?: string;
  json?: boolean;
}

type FindingLine = Extract<VerificationLine, { type: 'finding' }>;
type SummaryLine = Extract<VerificationLine, { type: 'summary' }>;

const describeFinding = ({ severity, kind, jobId, database, other, remedy }: FindingLine): string =>
  [`${severity.padEnd(8)}  ${kind}  job ${jobId}`, `  database: ${database}`, `  ${other}`, `  ${remedy}`].join('\n');

const describeSummary = ({ jobs, findings, changing }: SummaryLine): string => {
  const result =
    findings === 0 ? 'Database, topics and store agree' : `${findings} ${findings === 1 ? 'disagreement' : 'disagreements'}`;
  const moving = changing === 0 ? '' : ` ${changing} changed each time they were looked at: ask again.`;
  return `${result}; ${jobs} ${jobs === 1 ? 'job' : 'jobs'} looked at.${moving}`;
};

function parseLine(text: string): VerificationLine {
  try {
    return verificationLineSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new RefusedError(
      200,
      'UNEXPECTED_ANSWER',
      `A line of the answer is none of this gateway's: ${(error as Error).message}`,
    );
  }
}

/** Prints each disagreement as it is found, and a summary. Returns the exit code: 1 when there is a disagreement. */
export async function verify(
  { since, job, json }: VerifyOptions,
  { client, stdout, stderr, interrupted }: Surroundings,
): Promise<number> {
  const query = { ...(since === undefined ? {} : { since }), ...(job === undefined ? {} : { jobId: job }) };
  const body = await client.openVerification(query, interrupted);
  const print = (line: VerificationLine, text: string) => stdout.write(`${json === true ? JSON.stringify(line) : text}\n`);
  const showProgress = (text: string): void => {
    if (stderr.isTTY === true) stderr.write(`\r\x1b[K${text}`);
  };
  let summary: SummaryLine | undefined;
  try {
    for await (const text of createInterface({ input: body, crlfDelay: Number.POSITIVE_INFINITY })) {
      const line = parseLine(text);
      showProgress(line.type === 'progress' ? `${line.jobs} jobs, ${line.findings} disagreements` : '');
      if (line.type === 'finding') print(line, describeFinding(line));
      if (line.type === 'error') throw new RefusedError(200, line.code, line.message);
      if (line.type === 'summary') summary = line;
    }
  } catch (error) {
    interrupted.throwIfAborted();
    throw error instanceof RefusedError ? error : new UnreachableError('The gateway broke off its answer.', { cause: error });
  }
  if (summary === undefined) throw new UnreachableError('The gateway broke off its answer: it has no summary.');
  print(summary, describeSummary(summary));
  return summary.findings === 0 ? exitCodes.done : exitCodes.disagreement;
}
