import type { Explanation, RanCommand, ToldFailure } from '../api/explanation.ts';
import { explainLadder, ladderSentences } from './explain-ladder.ts';
import { reasonsOf } from './reasons.ts';
import { nextAfter, sentenceOf } from './sentences.ts';
import type { JobSituation } from './situation.ts';

/** The trace id of a W3C traceparent. */
const traceIdOf = (traceparent: string | null): string | null => traceparent?.split('-')[1] ?? null;

const failureSentence = ({ task, worker, error, excused }: ToldFailure): string =>
  `${task} failed on ${worker} with ${error}${excused ? '; the worker was at fault, and no attempt was lost' : ''}.`;

/** So many failures are said in words; all are in the data. */
const toldFailures = 3;

/** What there is to say about a job: why it stands where it stands, why this ladder, what ran and failed, and what comes next. Pure. */
export function explainJob(facts: JobSituation): Explanation {
  const { now, job, tasks, made, givenUp } = facts;
  const names = new Map(tasks.map(({ id, name }) => [id, name]));
  const nameOf = (taskId: string): string => names.get(taskId) ?? taskId;
  const reasons = reasonsOf(facts);
  const ladder = job.plan === null ? [] : explainLadder({ plan: job.plan, made, givenUp });
  const commands = facts.commands.map(
    ({ taskId, args, startedAt, ...command }): RanCommand => ({
      ...command,
      task: nameOf(taskId),
      args: [...args],
      startedAt: startedAt.toISOString(),
    }),
  );
  const failures = facts.failures.map(
    ({ taskId, worker, code, message, at, excused }): ToldFailure => ({
      ...{ task: nameOf(taskId), worker, error: code, message, at: at.toISOString(), excused },
    }),
  );
  const [headline = `The job is ${job.state}.`, ...others] = reasons.map((reason) => sentenceOf(reason, now));
  return {
    jobId: job.id,
    state: job.state,
    headline,
    sentences: [
      headline,
      ...others,
      ...(job.plan === null ? [] : ladderSentences(job.plan, ladder)),
      ...failures.slice(0, toldFailures).map(failureSentence),
    ],
    reasons,
    next: [...new Set(reasons.flatMap((reason) => nextAfter(reason, now) ?? []))],
    ladder,
    commands,
    failures,
    traceId: traceIdOf(job.traceparent),
  };
}
