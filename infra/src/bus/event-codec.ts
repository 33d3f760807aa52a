import { type EventOf, StreamflixError, type TopicName } from '@streamflix/contracts';
import type avsc from 'avsc';
import { eventTypeOf } from './event-types.ts';
import type { SchemaRegistry } from './schema-registry.ts';

/** The Confluent wire format: a zero byte, the id of the writer's schema (32 bits, big end first), the Avro bytes. */
const headerBytes = 5;

const undecodable = (message: string, cause?: unknown): StreamflixError =>
  new StreamflixError('MESSAGE_UNDECODABLE', { message, cause });

/** Bytes to events and back. What comes out always has the shape of our own schema, whoever wrote it and when. */
export class EventCodec {
  readonly #registry: Pick<SchemaRegistry, 'ownIdOf' | 'writerTypeOf'>;
  /** By writer's schema id and topic: making a resolver costs more than reading a message. */
  readonly #resolvers = new Map<string, avsc.Resolver>();

  constructor(registry: Pick<SchemaRegistry, 'ownIdOf' | 'writerTypeOf'>) {
    this.#registry = registry;
  }

  /** Throws EVENT_INVALID or REGISTRY_UNAVAILABLE. */
  async encode(topic: TopicName, value: object): Promise<Buffer> {
    const schemaId = await this.#registry.ownIdOf(topic);
    const header = Buffer.alloc(headerBytes);
    header.writeInt32BE(schemaId, 1);
    try {
      return Buffer.concat([header, eventTypeOf(topic).toBuffer(value)]);
    } catch (error) {
      throw new StreamflixError('EVENT_INVALID', { cause: error });
    }
  }

  /**
   * Throws MESSAGE_UNDECODABLE or REGISTRY_UNAVAILABLE. `asksAgain`: a schema that the registry did not know a moment ago may have
   * been registered since.
   */
  async decode<T extends TopicName>(topic: T, bytes: Buffer | null, { asksAgain = false } = {}): Promise<EventOf<T>> {
    if (bytes === null) throw undecodable('the message has no value');
    if (bytes.length < headerBytes || bytes[0] !== 0) throw undecodable('the message is not in the Confluent wire format');
    const resolver = await this.#resolverFor(topic, bytes.readInt32BE(1), asksAgain);
    try {
      return eventTypeOf(topic).fromBuffer(bytes.subarray(headerBytes), resolver) as EventOf<T>;
    } catch (error) {
      throw undecodable(`the Avro bytes do not fit their schema: ${String(error)}`, error);
    }
  }

  async #resolverFor(topic: TopicName, schemaId: number, asksAgain: boolean): Promise<avsc.Resolver> {
    const key = `${schemaId} ${topic}`;
    const known = this.#resolvers.get(key);
    if (known !== undefined) return known;
    const writer = await this.#registry.writerTypeOf(schemaId, { asksAgain });
    const resolver = this.#makeResolver(topic, schemaId, writer);
    this.#resolvers.set(key, resolver);
    return resolver;
  }

  #makeResolver(topic: TopicName, schemaId: number, writer: avsc.Type): avsc.Resolver {
    try {
      // An upstream may keep its schemas in a namespace of its own.
      return eventTypeOf(topic).createResolver(writer, { ignoreNamespaces: true });
    } catch (error) {
      throw undecodable(`schema ${schemaId} cannot be read as an event of ${topic}: ${String(error)}`, error);
    }
  }
}
