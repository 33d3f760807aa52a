import { createHash } from 'node:crypto';
import type { StreamflixError, TopicName } from '@streamflix/contracts';
import type { IHeaders, KafkaMessage } from 'kafkajs';
import { readHeaders } from './message-headers.ts';

export interface DeadLetterFacts {
  group: string;
  topic: TopicName;
  partition: number;
  message: Pick<KafkaMessage, 'offset' | 'timestamp' | 'headers'>;
  error: StreamflixError;
  attempts: number;
}

/** Ids and numbers differ from message to message though the fault is one. */
const particulars = /[0-9a-f]{8}-[0-9a-f-]{27,}|0x[0-9a-f]+|\d+/gi;
const longestMessage = 1_000;

/** The same for the same fault, whichever message met it; replays and alarms group by it. */
export function signatureOf({ code, message }: StreamflixError): string {
  const shape = `${code} ${message.replace(particulars, '#')}`;
  return createHash('sha256').update(shape).digest('hex').slice(0, 16);
}

/** The original headers, and why the message lies in the dead-letter topic. */
export function composeDeadLetterHeaders({ group, topic, partition, message, error, attempts }: DeadLetterFacts): IHeaders {
  const firstSeen = readHeaders(message.headers)['x-first-seen'] ?? new Date(Number(message.timestamp)).toISOString();
  return {
    ...message.headers,
    'x-origin-topic': topic,
    'x-origin-partition': String(partition),
    'x-origin-offset': message.offset,
    'x-error-code': error.code,
    'x-error-message': error.message.slice(0, longestMessage),
    'x-error-signature': signatureOf(error),
    'x-attempts': String(attempts),
    'x-first-seen': firstSeen,
    'x-group': group,
  };
}
