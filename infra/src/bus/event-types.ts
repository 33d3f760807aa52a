import { type EventOf, eventSchemas, StreamflixError, type TopicName, topicNames, topics } from '@streamflix/contracts';
import avsc from 'avsc';

/** avsc writes into the schema it compiles. */
const compile = (topic: TopicName): avsc.Type =>
  avsc.Type.forSchema(structuredClone(eventSchemas[topics[topic].event]) as unknown as avsc.Schema);

const types = new Map(topicNames.map((topic) => [topic, compile(topic)]));

/** The type we write and read: compiled from our own schema, never fetched. */
export function eventTypeOf(topic: TopicName): avsc.Type {
  const type = types.get(topic);
  if (type === undefined) throw new StreamflixError('INTERNAL_ERROR', { message: `${topic} is not a topic of the platform` });
  return type;
}

/** Where the value departs from the schema, as `renditions.0.width`; undefined when it does not. */
function firstFault(type: avsc.Type, value: unknown): string | undefined {
  let fault: string | undefined;
  const errorHook = (path: string[], _value: unknown, expected: avsc.Type): void => {
    fault ??= `${path.join('.') || 'the event'} is not ${describeType(expected)}`;
  };
  if (type.isValid(value, { errorHook, noUndeclaredFields: true })) return undefined;
  return fault ?? 'the event does not fit its schema';
}

const describeType = (type: avsc.Type): string => {
  if (avsc.Type.isType(type, 'union')) {
    return (type as avsc.types.UnwrappedUnionType).types.map((each) => each.branchName ?? each.typeName).join(' or ');
  }
  return type.name === undefined ? type.typeName : `a ${type.name.split('.').at(-1)} (a field is unknown or it is no record)`;
};

/** Throws EVENT_INVALID with the path of the first fault. Local: needs no registry. */
export function assertEvent<T extends TopicName>(topic: T, value: unknown): asserts value is EventOf<T> {
  const fault = firstFault(eventTypeOf(topic), value);
  if (fault === undefined) return;
  throw new StreamflixError('EVENT_INVALID', {
    message: `${topics[topic].event}: ${fault}`,
    details: { topic, fault },
  });
}
