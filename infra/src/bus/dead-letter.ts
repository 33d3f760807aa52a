import { type StreamflixError, signatureOf, type TopicName } from '@streamflix/contracts';
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

const longestMessage = 1_000;

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
