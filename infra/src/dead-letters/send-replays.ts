import { StreamflixError, toStreamflixError } from '@streamflix/contracts';
import { and, eq, sql } from 'drizzle-orm';
import type { Bus } from '../bus/index.ts';
import { type Database, type DeadLetterRow, schema } from '../database/index.ts';
import { forEach, retryJob, storable, type WorkPorts } from '../work/index.ts';
import { headersOf } from './letter-queries.ts';

const { deadLetters, deadLetterActions } = schema;

export interface ReplayPorts extends WorkPorts {
  bus: Pick<Bus, 'replay'>;
}

/** An acknowledgement is not believed alone: a replay without an outcome is sent again, which does no harm. */
const sendAgainAfterMinutes = 5;
const maxSends = 3;

function claimDue(database: Database, limit: number): Promise<DeadLetterRow[]> {
  return database.query((db) =>
    db
      .update(deadLetters)
      .set({ replaySentAt: sql`now()`, replaySends: sql`${deadLetters.replaySends} + 1` })
      .where(
        sql`id in (select id from dead_letters where state = 'replayed' and (
              (replay_sent_at is null and replay_due_at <= now())
              or (replay_sends < ${maxSends} and replay_sent_at < now() - make_interval(mins => ${sendAgainAfterMinutes})))
            order by replay_due_at limit ${limit} for update skip locked)`,
      )
      .returning(),
  );
}

async function requesterOf(database: Database, { replayActionId }: DeadLetterRow): Promise<string> {
  if (replayActionId === null) return 'unknown';
  const [action] = await database.query((db) =>
    db
      .select({ requestedBy: deadLetterActions.requestedBy })
      .from(deadLetterActions)
      .where(eq(deadLetterActions.id, replayActionId)),
  );
  return action?.requestedBy ?? 'unknown';
}

async function send(ports: ReplayPorts, letter: DeadLetterRow): Promise<void> {
  const { id, kind, tenantId, jobId, replays } = letter;
  if (kind === 'task') {
    const requestedBy = await requesterOf(ports.database, letter);
    const reason = `dead letter ${id} replayed`;
    const answer = await retryJob(ports, { tenantId: tenantId ?? '', jobId: jobId ?? '', requestedBy, reason });
    if (answer === 'not-found') throw new StreamflixError('NOT_FOUND', { message: 'its job is gone' });
    return;
  }
  const { originTopic, originPartition, originGroup, messageKey, messageValue } = letter;
  if (originTopic === null || originPartition === null || originGroup === null) return;
  await ports.bus.replay({
    topic: originTopic,
    partition: originPartition,
    key: messageKey,
    value: messageValue,
    headers: headersOf(letter),
    replay: { letterId: id, number: replays, group: originGroup },
  });
}

/** A server that is away: sent as soon as it is back. Anything else: it cannot be replayed, and says why. */
async function noteUnsent(database: Database, { id, replays }: DeadLetterRow, thrown: unknown): Promise<void> {
  const error = toStreamflixError(thrown);
  const isAway = error.class === 'dependency';
  await database.query((db) =>
    db
      .update(deadLetters)
      .set(
        isAway
          ? { replaySentAt: null, replaySends: sql`${deadLetters.replaySends} - 1` }
          : { state: 'parked', message: storable(`cannot be replayed: ${error.message}`, 1_000), updatedAt: sql`now()` },
      )
      .where(and(eq(deadLetters.id, id), eq(deadLetters.replays, replays), eq(deadLetters.state, 'replayed'))),
  );
  if (isAway) throw error;
}

/** Sends the replays whose time has come; any number of sweeps may do so. Returns how many. Throws when a server is away. */
export async function sendDueReplays(ports: ReplayPorts, { limit }: { limit: number }): Promise<number> {
  const due = await claimDue(ports.database, limit);
  due.sort((a, b) => Number(a.replayDueAt) - Number(b.replayDueAt));
  return forEach(due, (letter) => send(ports, letter).catch((error: unknown) => noteUnsent(ports.database, letter, error)));
}

/**
 * Ends the letters of tasks by what became of their jobs: resolved once the job completed, whoever took it up again; parked when its replay
 * ended otherwise without this task being given up again. Returns how many.
 */
export async function settleTaskReplays(database: Database): Promise<number> {
  const { rowCount } = await database.query((db) =>
    db.execute(sql`
      update dead_letters letter set state = case jobs.state when 'completed' then 'resolved' else 'parked' end, updated_at = now()
      from tasks join jobs on jobs.id = tasks.job_id
      where tasks.id = letter.task_id and letter.kind = 'task' and letter.state <> 'resolved'
        and (jobs.state = 'completed'
          or (letter.state = 'replayed' and jobs.state in ('failed', 'cancelled') and jobs.finished_at > letter.replay_sent_at))`),
  );
  return rowCount ?? 0;
}
