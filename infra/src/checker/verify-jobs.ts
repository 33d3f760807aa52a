import { setTimeout as delay } from 'node:timers/promises';
import { type CheckerLimits, checkerLimits, type Finding, StreamflixError, type VerificationLine } from '@streamflix/contracts';
import { findOrphans } from './find-orphans.ts';
import { type JobScope, type ListedJob, listJobsInScope } from './list-jobs.ts';
import { type CheckerPorts, type Look, lookAtJobs } from './look-at-jobs.ts';

export interface VerifyOptions {
  /** Whether job folders that no job explains are looked for too. */
  withOrphans: boolean;
  limits?: CheckerLimits;
  /** Between two looks at a job on which something is wrong; 1.5 s unless told. */
  settleMs?: number;
  signal?: AbortSignal | undefined;
}

/** Whose outcomes are kept in memory at once. */
const windowSize = 1_000;
const maxLooks = 4;

const inBoth = (before: Finding[], after: Finding[]): Finding[] =>
  after.filter(({ kind }) => before.some((each) => each.kind === kind));

/**
 * Looks again at jobs on which something seemed wrong, until two looks at the same version of a job agree: what changed in
 * between was under way. Gives what is wrong, and how many jobs never stood still.
 */
async function settle(
  ports: CheckerPorts,
  suspects: Look[],
  { limits = checkerLimits, settleMs = 1_500, signal }: VerifyOptions,
): Promise<{ findings: Finding[]; changing: number }> {
  const findings: Finding[] = [];
  let open = suspects;
  for (let look = 2; look <= maxLooks && open.length > 0; look += 1) {
    await delay(settleMs, undefined, { signal });
    const before = new Map(open.map((each) => [each.job.id, each]));
    const jobs: ListedJob[] = open.map(({ job }) => job);
    open = [];
    for await (const looks of lookAtJobs(ports, jobs, { limits, signal })) {
      for (const after of looks) {
        const earlier = before.get(after.job.id);
        if (after.findings.length === 0) continue;
        if (earlier?.version === after.version) findings.push(...inBoth(earlier.findings, after.findings));
        else open.push(after);
      }
    }
  }
  return { findings, changing: open.length };
}

/**
 * Compares database, topics and store for every job of the scope. Findings and progress come as they are found; the last line is
 * the summary. Memory is bounded by a window of jobs. Throws NOT_FOUND for a job that is not there, and what says that a server is away.
 */
export async function* verifyJobs(
  ports: CheckerPorts,
  scope: JobScope,
  options: VerifyOptions,
): AsyncGenerator<VerificationLine> {
  const { limits = checkerLimits, withOrphans, signal } = options;
  const counts = { jobs: 0, findings: 0 };
  let changing = 0;
  const tell = (finding: Finding): VerificationLine => {
    counts.findings += 1;
    return { type: 'finding', ...finding };
  };
  for await (const window of listJobsInScope(ports.database, scope, windowSize)) {
    const suspects: Look[] = [];
    for await (const looks of lookAtJobs(ports, window, { limits, signal })) {
      counts.jobs += looks.length;
      suspects.push(...looks.filter(({ findings }) => findings.length > 0));
      yield { type: 'progress', ...counts };
    }
    const settled = await settle(ports, suspects, options);
    changing += settled.changing;
    yield* settled.findings.map(tell);
  }
  if (scope.jobId !== undefined && counts.jobs === 0)
    throw new StreamflixError('NOT_FOUND', { message: 'There is no such job.' });
  if (withOrphans && scope.jobId === undefined) for await (const finding of findOrphans(ports)) yield tell(finding);
  yield { type: 'summary', ...counts, changing };
}
