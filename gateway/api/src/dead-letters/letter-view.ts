import { isUtf8 } from 'node:buffer';
import { type ApiDeadLetter, type ApiDeadLetterDetail, type ApiDeadLetterGroups, toStreamflixError } from '@streamflix/contracts';
import type { DeadLetterRow } from '@streamflix/infra/database';
import { headersOf, type LetterGroup, type LetterSummary } from '@streamflix/infra/dead-letters';
import type { LetterStore } from './letter-store.ts';

type Content = NonNullable<ApiDeadLetterDetail['content']>;
type Bytes = NonNullable<Content['key']>;

const shownBytes = 4_096;
const shownHeaders = 100;
const shownEventCharacters = 64 * 1024;

const toOrigin = ({
  originTopic,
  originPartition,
  originOffset,
  originGroup,
  publishedAt,
}: LetterSummary): ApiDeadLetter['origin'] =>
  originTopic === null
    ? null
    : {
        topic: originTopic,
        partition: originPartition ?? 0,
        offset: String(originOffset),
        group: originGroup ?? '',
        publishedAt: (publishedAt ?? new Date(0)).toISOString(),
      };

/** A letter as it stands in a list. */
export const toDeadLetter = (letter: LetterSummary): ApiDeadLetter => {
  const { id, kind, state, code, message, signature, attempts, replays, tenantId, videoId, jobId, eventId, taskId, pool } =
    letter;
  return {
    ...{ id, kind, state, code, message, signature, attempts, replays, tenantId, videoId, jobId, eventId, taskId, pool },
    origin: toOrigin(letter),
    firstSeenAt: letter.firstSeenAt.toISOString(),
    lastSeenAt: letter.lastSeenAt.toISOString(),
    createdAt: letter.createdAt.toISOString(),
  };
};

export const toGroup = (group: LetterGroup): ApiDeadLetterGroups['groups'][number] => ({
  ...group,
  firstSeenAt: group.firstSeenAt.toISOString(),
  lastSeenAt: group.lastSeenAt.toISOString(),
});

function toBytes(bytes: Buffer): Bytes {
  const shown = bytes.subarray(0, shownBytes);
  const text = isUtf8(shown) ? shown.toString() : null;
  return { sizeBytes: bytes.length, hex: shown.toString('hex'), text };
}

async function decodeValue(
  store: Pick<LetterStore, 'decode'>,
  letter: DeadLetterRow,
): Promise<Pick<Content, 'event' | 'undecodable'>> {
  if (letter.originTopic === null) return { event: null, undecodable: null };
  try {
    const event = { ...(await store.decode(letter.originTopic, letter.messageValue)) } as Record<string, unknown>;
    const isLong = JSON.stringify(event).length > shownEventCharacters;
    return isLong ? { event: null, undecodable: 'it is too long to be shown' } : { event, undecodable: null };
  } catch (error) {
    return { event: null, undecodable: toStreamflixError(error).message };
  }
}

/** A letter with what it holds, bounded: whoever wrote it chose its size. */
export async function toDeadLetterDetail(
  store: Pick<LetterStore, 'decode'>,
  letter: DeadLetterRow,
): Promise<ApiDeadLetterDetail> {
  if (letter.kind === 'task') return { ...toDeadLetter(letter), content: null };
  const { messageKey, messageValue } = letter;
  const headers = headersOf(letter)
    .slice(0, shownHeaders)
    .map(([name, value]) => ({ name: name.slice(0, 200), value: toBytes(value) }));
  return {
    ...toDeadLetter(letter),
    content: {
      key: messageKey === null ? null : toBytes(messageKey),
      value: messageValue === null ? null : toBytes(messageValue),
      headers,
      ...(await decodeValue(store, letter)),
    },
  };
}
