import { jobLifecycle } from '../lifecycle/job-state.ts';
import { type TopicName, topics } from '../topics.ts';
import { canonicalJson, type JobFacts, type OutcomeCopy } from './facts.ts';
import { type Finding, tellSome, toFinding } from './finding-kinds.ts';

/** Kafka deletes whole files of messages, up to a day after the oldest of them is due. */
const retentionSlackMs = 24 * 3600 * 1000;

const placeOf = ({ topic, eventId }: OutcomeCopy): string => `${eventId} in ${topic}`;

/** The outcome of one attempt of a job. */
interface ExpectedOutcome {
  eventId: string;
  topic: TopicName;
  /** Null for an earlier attempt: the database has forgotten it, but its copies are equal to one another. */
  content: string | null;
}

/** Every attempt but a completed one ends in VideoFailed; a job at work has no outcome of its present attempt yet. */
function expectedOutcomes({ state, outcome, outcomeEventIds }: JobFacts): ExpectedOutcome[] {
  const earlier = outcomeEventIds
    .slice(0, -1)
    .map((eventId): ExpectedOutcome => ({ eventId, topic: 'video.failed', content: null }));
  if (outcome === null || !jobLifecycle.isTerminal(state)) return earlier;
  const topic = state === 'completed' ? 'video.transcoded' : 'video.failed';
  return [...earlier, { eventId: String(outcome.eventId), topic, content: canonicalJson(outcome) }];
}

const differs = ({ topic, content }: ExpectedOutcome, copies: readonly OutcomeCopy[]): OutcomeCopy[] =>
  copies.filter((copy) => copy.topic !== topic || copy.content !== (content ?? copies[0]?.content));

/** Whether the topics tell of each attempt of the job what the database says: one event id, every copy equal. */
export function checkOutcome(job: JobFacts, copies: readonly OutcomeCopy[], now: number): Finding[] {
  const { jobId, state, unconfirmed, createdAt, finishedAt } = job;
  const expected = expectedOutcomes(job);
  const isPresentOne = ({ content }: ExpectedOutcome): boolean => content !== null;
  const mayBeGone = (outcome: ExpectedOutcome): boolean =>
    ((isPresentOne(outcome) ? finishedAt : null) ?? createdAt) < now - topics[outcome.topic].retentionMs + retentionSlackMs;
  const ofOutcome = ({ eventId }: ExpectedOutcome): OutcomeCopy[] => copies.filter((copy) => copy.eventId === eventId);
  const missing = expected.filter(
    (outcome) =>
      ofOutcome(outcome).length === 0 && !mayBeGone(outcome) && !unconfirmed.some(({ eventId }) => eventId === outcome.eventId),
  );
  const unequal = expected.flatMap((outcome) => differs(outcome, ofOutcome(outcome)));
  const strangers = copies.filter((copy) => !expected.some(({ eventId }) => eventId === copy.eventId));

  const told = expected.map(({ eventId, topic }) => `${eventId} in ${topic}`);
  const says = told.length === 0 ? `the job is ${state}` : `the job is ${state}, told by ${tellSome(told)}`;
  const findings: Finding[] = [];
  const tell = (kind: Finding['kind'], what: string, places: string[]): void => {
    if (places.length > 0) findings.push(toFinding(jobId, kind, says, `topics: ${what} ${tellSome(places)}`));
  };
  tell(
    'outcome-missing',
    'not',
    missing.map(({ eventId, topic }) => `${eventId} in ${topic}`),
  );
  tell(expected.some(isPresentOne) ? 'outcome-duplicated' : 'outcome-premature', 'also', strangers.map(placeOf));
  tell('outcome-differs', 'not equal', unequal.map(placeOf));
  return findings;
}
