import { type EventOf, type TopicName, topics } from '@streamflix/contracts';
import { v7 as uuidv7 } from 'uuid';
import { assertEvent } from '../bus/index.ts';
import { currentTraceparent } from '../telemetry/index.ts';

/** What an event is born with: a fresh id unless the event's identity is decided elsewhere, and the time. */
export type NewEvent<T extends TopicName> = Omit<EventOf<T>, 'eventId' | 'occurredAt'> & { eventId?: string };

/** The event as Kafka will carry it. Throws EVENT_INVALID. */
export function completeEvent<T extends TopicName>(topic: T, event: NewEvent<T>): EventOf<T> {
  // As JSON keeps it: a number that JSON does not know would be found out only when the event is to leave.
  const whole: unknown = JSON.parse(JSON.stringify({ eventId: uuidv7(), occurredAt: Date.now(), ...event }));
  assertEvent<T>(topic, whole);
  return whole;
}

/** Its key, its value and the trace it belongs to. */
export function toParts<T extends TopicName>(topic: T, event: EventOf<T>) {
  const value = event as unknown as Record<string, unknown>;
  const traceparent = currentTraceparent();
  return { topic, key: String(value[topics[topic].key]), value, headers: traceparent === null ? {} : { traceparent } };
}
