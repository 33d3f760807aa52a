import {
  deadLetterTopicOf,
  type ErrorCode,
  errorCatalogue,
  type StreamflixError,
  signatureOf,
  type TopicName,
  topicNames,
} from '@streamflix/contracts';
import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { DeadLetter, RawHeaders } from './bus.ts';
import { readHeaders } from './message-headers.ts';
import { readReplay } from './replay.ts';

export interface DeadLetterFacts {
  group: string;
  topic: TopicName;
  partition: number;
  message: Pick<KafkaMessage, 'offset' | 'timestamp' | 'headers'>;
  error: StreamflixError;
  attempts: number;
  failedAt: Date;
}

const longestMessage = 1_000;

/** Whoever writes a message chooses its time; what no calendar knows is the beginning of time. */
const dateOf = (time: string | number): Date => {
  const date = new Date(time);
  return date.getTime() >= 0 && date.getUTCFullYear() <= 9999 ? date : new Date(0);
};

const isoOf = (timestamp: string): string => dateOf(Number(timestamp)).toISOString();

/** The original headers, and why the message lies in the dead-letter topic. */
export function composeDeadLetterHeaders(facts: DeadLetterFacts): IHeaders {
  const { group, topic, partition, message, error, attempts, failedAt } = facts;
  return {
    ...message.headers,
    'x-origin-topic': topic,
    'x-origin-partition': String(partition),
    'x-origin-offset': message.offset,
    'x-origin-timestamp': isoOf(message.timestamp),
    'x-error-code': error.code,
    'x-error-message': error.message.slice(0, longestMessage),
    'x-error-signature': signatureOf(error),
    'x-attempts': String(attempts),
    'x-first-seen': readHeaders(message.headers)['x-first-seen'] ?? isoOf(message.timestamp),
    'x-last-seen': failedAt.toISOString(),
    'x-group': group,
  };
}

/** Said of this failure alone; `x-first-seen` stays with the message. */
const ownHeaders =
  /^x-(?:origin-(?:topic|partition|offset|timestamp)|error-(?:code|message|signature)|attempts|last-seen|group)$/;
const replayHeaders = /^x-replay(?:-group)?$/;

const toRawHeaders = (headers: IHeaders | undefined): RawHeaders =>
  Object.entries(headers ?? {})
    .filter(([name]) => !ownHeaders.test(name) && !replayHeaders.test(name))
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value])
        .filter((each) => each !== undefined)
        .map((each): [string, Buffer] => [name, Buffer.from(each as Buffer)]),
    );

/** Kafka allows a name more than once. */
export const toKafkaHeaders = (headers: RawHeaders): IHeaders =>
  Object.fromEntries([...Map.groupBy(headers, ([name]) => name)].map(([name, pairs]) => [name, pairs.map(([, value]) => value)]));

const wholeNumber = (text: string | undefined, maxDigits: number): string | undefined =>
  text !== undefined && /^\d+$/.test(text) && text.length <= maxDigits ? text : undefined;

const isCode = (text: string): text is ErrorCode => Object.hasOwn(errorCatalogue, text);

export const deadLetterTopics = topicNames.map(deadLetterTopicOf);

/** What lies in a dead-letter topic, whoever put it there: what its headers do not say is taken from where it lies. */
export function readDeadLetter(deadLetterTopic: string, partition: number, message: KafkaMessage): DeadLetter {
  const headers = readHeaders(message.headers);
  const given = headers['x-error-code'] ?? '';
  const code = isCode(given) ? given : 'INTERNAL_ERROR';
  const text = headers['x-error-message'] ?? 'the dead letter does not say why';
  const signature = headers['x-error-signature'] ?? '';
  const timeOf = (name: string): Date => dateOf(headers[name] ?? Number(message.timestamp));
  return {
    topic: deadLetterTopic.replace(/\.dlt$/, '') as TopicName,
    partition: Number(wholeNumber(headers['x-origin-partition'], 9) ?? partition),
    offset: wholeNumber(headers['x-origin-offset'], 18) ?? message.offset,
    publishedAt: timeOf('x-origin-timestamp'),
    group: headers['x-group'] ?? 'unknown',
    code,
    message: text,
    signature: /^[0-9a-f]{16}$/.test(signature) ? signature : signatureOf({ code, message: text }),
    attempts: Number(wholeNumber(headers['x-attempts'], 9) ?? 1),
    firstSeen: timeOf('x-first-seen'),
    lastSeen: timeOf('x-last-seen'),
    key: message.key,
    value: message.value,
    headers: toRawHeaders(message.headers),
    replay: readReplay(headers),
  };
}
