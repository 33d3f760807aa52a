import type { EventOf, TopicName } from '@streamflix/contracts';
import type { Logger } from '../telemetry/index.ts';
import type { Handlers, MessageContext } from './bus.ts';
import type { EventCodec } from './event-codec.ts';
import type { Delivery, DeliveryOutcome } from './message-handler.ts';
import { readHeaders } from './message-headers.ts';

/** Hands messages to who looks on. Nothing depends on it: what fails is passed over, without a dead letter and without a span. */
export class TailHandler {
  readonly #name: string;
  readonly #handlers: Handlers;
  readonly #codec: EventCodec;
  readonly #logger: Logger;

  constructor({ name, handlers, codec, logger }: { name: string; handlers: Handlers; codec: EventCodec; logger: Logger }) {
    this.#name = name;
    this.#handlers = handlers;
    this.#codec = codec;
    this.#logger = logger;
  }

  async handle({ topic, partition, message, signal }: Delivery): Promise<DeliveryOutcome> {
    const { offset } = message;
    try {
      const event = await this.#codec.decode(topic, message.value);
      const handler = this.#handlers[topic] as
        | ((event: EventOf<TopicName>, context: MessageContext) => Promise<void>)
        | undefined;
      const headers = readHeaders(message.headers);
      await handler?.(event, { topic, partition, offset, key: message.key?.toString() ?? '', headers, signal });
    } catch (error) {
      this.#logger.warn({ err: error, tail: this.#name, topic, partition, offset }, 'a message was passed over');
    }
    return { kind: 'done' };
  }
}
