import {
  type CheckerLimits,
  checkOutcome,
  checkStore,
  checkWork,
  type Finding,
  jobLifecycle,
  type OutcomeCopy,
} from '@streamflix/contracts';
import type { Bus } from '../bus/index.ts';
import type { Database } from '../database/index.ts';
import type { StorageProvider } from '../storage/index.ts';
import type { ListedJob } from './list-jobs.ts';
import { type ReadJob, readFacts } from './read-facts.ts';
import { readOutcomes } from './read-outcomes.ts';
import { readStore } from './read-store.ts';

export interface CheckerPorts {
  database: Database;
  bus: Pick<Bus, 'readThrough'>;
  storage: Pick<StorageProvider, 'list' | 'read' | 'listFolders'>;
}

/** What one look at a job found, and in which version of it. */
export interface Look {
  job: ListedJob;
  version: string;
  findings: Finding[];
}

/** With their tasks and history in memory. */
const jobsAtOnce = 20;

async function lookAt(
  ports: CheckerPorts,
  read: ReadJob,
  copies: readonly OutcomeCopy[],
  limits: CheckerLimits,
): Promise<Finding[]> {
  const { facts } = read;
  const now = Date.now();
  const findings = [...checkWork(facts, { now, limits }), ...checkOutcome(facts, copies, now)];
  if (!jobLifecycle.isTerminal(facts.state)) return findings;
  return [...findings, ...checkStore(facts, await readStore(ports.storage, read))];
}

/** Looks at each job once; jobs that were deleted meanwhile are passed over. Gives the looks in small groups. */
export async function* lookAtJobs(
  ports: CheckerPorts,
  jobs: ListedJob[],
  { limits, signal }: { limits: CheckerLimits; signal?: AbortSignal | undefined },
): AsyncGenerator<Look[]> {
  const outcomes = await readOutcomes(ports.bus, jobs, signal);
  for (let at = 0; at < jobs.length; at += jobsAtOnce) {
    signal?.throwIfAborted();
    const group = jobs.slice(at, at + jobsAtOnce);
    const reads = new Map(
      (
        await readFacts(
          ports.database,
          group.map(({ id }) => id),
        )
      ).map((read) => [read.facts.jobId, read]),
    );
    const looks: Look[] = [];
    for (const job of group) {
      const read = reads.get(job.id);
      if (read === undefined) continue;
      const findings = await lookAt(ports, read, outcomes.get(job.id) ?? [], limits);
      looks.push({ job, version: read.version, findings });
    }
    yield looks;
  }
}
