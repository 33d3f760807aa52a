import { jobLifecycle } from '../lifecycle/job-state.ts';
import { topics } from '../topics.ts';
import { canonicalJson, type JobFacts, type OutcomeCopy } from './facts.ts';
import { type Finding, tellSome, toFinding } from './finding-kinds.ts';

/** Kafka deletes whole files of messages, up to a day after the oldest of them is due. */
const retentionSlackMs = 24 * 3600 * 1000;

const placeOf = ({ topic, eventId }: OutcomeCopy): string => `${eventId} in ${topic}`;

/** Whether the topics tell of the job what the database says: one event id, every copy equal. */
export function checkOutcome(job: JobFacts, copies: readonly OutcomeCopy[], now: number): Finding[] {
  const { jobId, state, outcome, unconfirmed, finishedAt } = job;
  const places = (some: readonly OutcomeCopy[]): string => `topics: ${tellSome(some.map(placeOf))}`;
  if (!jobLifecycle.isTerminal(state) || outcome === null) {
    return copies.length === 0 ? [] : [toFinding(jobId, 'outcome-premature', `the job is ${state}`, places(copies))];
  }
  const { eventId } = outcome;
  const topic = state === 'completed' ? 'video.transcoded' : 'video.failed';
  const says = `${state}, told by ${String(eventId)} in ${topic}`;
  const content = canonicalJson(outcome);
  const own = copies.filter((copy) => copy.eventId === eventId);
  const strangers = copies.filter((copy) => copy.eventId !== eventId);
  const unequal = own.filter((copy) => copy.topic !== topic || copy.content !== content);
  const mayBeGone = finishedAt !== null && finishedAt < now - topics[topic].retentionMs + retentionSlackMs;
  const isUnderWay = unconfirmed.some((event) => event.eventId === eventId);
  const findings: Finding[] = [];
  if (own.length === 0 && !mayBeGone && !isUnderWay) findings.push(toFinding(jobId, 'outcome-missing', says, 'topics: none'));
  if (strangers.length > 0) findings.push(toFinding(jobId, 'outcome-duplicated', says, places(strangers)));
  if (unequal.length > 0) findings.push(toFinding(jobId, 'outcome-differs', says, `${places(unequal)}, not equal`));
  return findings;
}
