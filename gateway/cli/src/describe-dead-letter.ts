import type { ApiSchemas } from '@streamflix/client';
import { printable, table } from './text-table.ts';

const short = (text: string, length: number): string => printable(text.length > length ? `${text.slice(0, length - 1)}…` : text);

const fromOf = ({ origin, pool }: ApiSchemas['DeadLetter']): string => origin?.topic ?? pool ?? '';
const second = (moment: string): string => moment.slice(0, 19);

/** A table of letters, one a line. */
export const describeLetters = (letters: ApiSchemas['DeadLetter'][]): string =>
  letters.length === 0
    ? 'No dead letters.'
    : table(
        ['id', 'state', 'last seen (UTC)', 'from', 'code', 'signature', 'video'],
        letters.map((letter) => [
          letter.id,
          letter.state,
          second(letter.lastSeenAt),
          fromOf(letter),
          letter.code,
          letter.signature,
          short(letter.videoId ?? '', 24),
        ]),
      );

const countsOf = (counts: Partial<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');

/** A table of faults, one a line. */
export const describeGroups = ({ groups }: ApiSchemas['DeadLetterGroups']): string =>
  groups.length === 0
    ? 'No dead letters.'
    : table(
        ['signature', 'letters', 'last seen (UTC)', 'from', 'code', 'message'],
        groups.map(({ signature, states, lastSeenAt, from, code, message }) => [
          signature,
          countsOf(states),
          second(lastSeenAt),
          from.join(', '),
          code,
          short(message, 60),
        ]),
      );

type Content = NonNullable<ApiSchemas['DeadLetterDetail']['content']>;

const bytesLine = (bytes: Content['key']): string =>
  bytes === null ? 'none' : `${bytes.sizeBytes} bytes  ${bytes.text === null ? bytes.hex.slice(0, 128) : short(bytes.text, 128)}`;

function describeContent({ key, value, headers, event, undecodable }: Content): string[] {
  return [
    `key           ${bytesLine(key)}`,
    `value         ${bytesLine(value)}`,
    ...headers.map((header) => `  ${printable(header.name).padEnd(24)} ${bytesLine(header.value)}`),
    event === null ? `not decoded   ${printable(undecodable ?? '')}` : printable(JSON.stringify(event)),
  ];
}

/** A letter as a person reads it. */
export function describeLetter(letter: ApiSchemas['DeadLetterDetail']): string {
  const { origin, content } = letter;
  const rows: [string, string | number | null][] = [
    ['dead letter', letter.id],
    ['state', letter.state],
    ['error', `${letter.code}: ${printable(letter.message)}`],
    ['signature', letter.signature],
    ['attempts', `${letter.attempts}, ${letter.replays} replays`],
    ['seen', `${letter.firstSeenAt} to ${letter.lastSeenAt}`],
    ['origin', origin && `${origin.topic} partition ${origin.partition} offset ${origin.offset}, by ${printable(origin.group)}`],
    ['task', letter.taskId && `${letter.taskId} (${letter.pool})`],
    ['job', letter.jobId && printable(letter.jobId)],
    ['video', letter.videoId && printable(letter.videoId)],
    ['event', letter.eventId && printable(letter.eventId)],
  ];
  const lines = rows.filter(([, value]) => value !== null).map(([name, value]) => `${name.padEnd(13)} ${value}`);
  return [...lines, ...(content === null ? [] : describeContent(content))].join('\n');
}

const passedOver = ({ passedOver: counts }: ApiSchemas['ParkDeadLettersAnswer']): string =>
  Object.keys(counts).length === 0 ? '' : ` Passed over: ${countsOf(counts)}.`;

const letterCount = (count: number): string => (count === 1 ? '1 letter' : `${count} letters`);

/** What a replay did, or would do. */
export function describeReplay(answer: ApiSchemas['ReplayDeadLettersAnswer']): string {
  const { dryRun, letters, durationSeconds } = answer;
  const what = dryRun ? `Dry run: ${letterCount(letters)} would be replayed` : `${letterCount(letters)} will be replayed`;
  const time = durationSeconds < 1 ? '' : ` within ${Math.ceil(durationSeconds)} s`;
  return `${what}${time}.${passedOver(answer)}${dryRun && letters > 0 ? ' With --yes they are.' : ''}`;
}

export const describeParking = (answer: ApiSchemas['ParkDeadLettersAnswer']): string =>
  `${letterCount(answer.letters)} parked.${passedOver(answer)}`;
