import { setTimeout as delay } from 'node:timers/promises';
import { deadLetterTopicOf, type EventOf, StreamflixError, type TopicName, toStreamflixError } from '@streamflix/contracts';
import type { KafkaMessage } from 'kafkajs';
import { counter, histogram, type Logger, withSpan } from '../telemetry/index.ts';
import type { Handlers, MessageContext } from './bus.ts';
import { composeDeadLetterHeaders } from './dead-letter.ts';
import { decideNextStep, waitingDelayMs } from './decide-next-step.ts';
import type { EventCodec } from './event-codec.ts';
import { readHeaders } from './message-headers.ts';
import type { Publisher } from './publisher.ts';
import { type Replay, readReplay } from './replay.ts';

export interface Delivery {
  topic: TopicName;
  partition: number;
  message: KafkaMessage;
  signal: AbortSignal;
}

/** Done: the next message may be taken. Wait: nothing was decided, the same message is taken again after the delay. */
export type DeliveryOutcome = { kind: 'done' } | { kind: 'wait'; delayMs: number; reason: string };

const handled = counter('streamflix_messages_total', 'Messages handled, by topic, group and outcome');
const deadLetters = counter('streamflix_dead_letters_total', 'Messages put aside, by topic, group and error');
const handlerSeconds = histogram('streamflix_message_duration_seconds', 'How long handlers took, by topic and group', 's');

interface Attempts {
  offset: string;
  total: number;
  waits: number;
}

export interface MessageHandlerOptions {
  group: string;
  handlers: Handlers;
  /** Told when a dead letter that came again was handled. */
  onReplayed?: ((replay: Replay) => Promise<void>) | undefined;
  codec: EventCodec;
  publisher: Pick<Publisher, 'sendRaw'>;
  logger: Logger;
}

/** Decodes a message, runs its handler in a span and decides what follows. Never throws. */
export class MessageHandler {
  readonly #options: MessageHandlerOptions;
  /** Of the message at the head of each topic-partition. */
  readonly #attempts = new Map<string, Attempts>();

  constructor(options: MessageHandlerOptions) {
    this.#options = options;
  }

  async handle(delivery: Delivery): Promise<DeliveryOutcome> {
    const { topic, partition, message, signal } = delivery;
    const replay = readReplay(readHeaders(message.headers));
    // This group handled it when it first came.
    if (replay !== null && replay.group !== this.#options.group) return this.#finish(delivery, 'not ours');
    const line = `${topic} ${partition}`;
    const before = this.#attempts.get(line);
    const attempts = before?.offset === message.offset ? before : { offset: message.offset, total: 0, waits: 0 };
    this.#attempts.set(line, attempts);
    for (let tries = 1; ; tries += 1) {
      attempts.total += 1;
      try {
        await this.#run(delivery, replay);
        return this.#finish(delivery, 'ok');
      } catch (thrown) {
        const step = decideNextStep(thrown, { tries, waits: attempts.waits });
        if (step.kind === 'wait') return this.#wait(delivery, attempts, thrown, step.delayMs);
        if (step.kind === 'dead-letter') return await this.#putAside(delivery, attempts, toStreamflixError(thrown));
        this.#options.logger.warn({ err: thrown, topic, partition, offset: message.offset, tries }, 'a handler failed; again');
        await delay(step.delayMs, undefined, { signal }).catch(() => undefined);
        // Nothing is decided: whoever has the partition next takes the message anew.
        if (signal.aborted) return { kind: 'wait', delayMs: step.delayMs, reason: 'stopping' };
      }
    }
  }

  async #run({ topic, partition, message, signal }: Delivery, replay: Replay | null): Promise<void> {
    const { codec, handlers, group, onReplayed } = this.#options;
    const headers = readHeaders(message.headers);
    const attributes = {
      'messaging.system': 'kafka',
      'messaging.destination.name': topic,
      'messaging.destination.partition.id': String(partition),
      'messaging.kafka.offset': Number(message.offset),
      'messaging.consumer.group.name': group,
    };
    const parent = headers.traceparent ?? null;
    await withSpan(`${topic} process`, { parent, kind: 'consumer', attributes }, async () => {
      const event = await codec.decode(topic, message.value, { asksAgain: replay !== null });
      const handler = handlers[topic] as ((event: EventOf<TopicName>, context: MessageContext) => Promise<void>) | undefined;
      const beganAt = performance.now();
      const key = message.key?.toString() ?? '';
      await handler?.(event, { topic, partition, offset: message.offset, key, headers, signal });
      if (replay !== null) await onReplayed?.(replay);
      handlerSeconds.record((performance.now() - beganAt) / 1000, { topic, group });
    });
  }

  #finish({ topic, partition }: Delivery, outcome: string): DeliveryOutcome {
    this.#attempts.delete(`${topic} ${partition}`);
    handled.add(1, { topic, group: this.#options.group, outcome });
    return { kind: 'done' };
  }

  #wait({ topic, partition, message }: Delivery, attempts: Attempts, thrown: unknown, delayMs: number): DeliveryOutcome {
    const { group, logger } = this.#options;
    attempts.waits += 1;
    handled.add(1, { topic, group, outcome: 'waiting' });
    const { code, message: reason } = toStreamflixError(thrown);
    const facts = { topic, partition, offset: message.offset, code, delayMs, waits: attempts.waits };
    logger[attempts.waits === 1 ? 'warn' : 'debug'](facts, `a partition waits: ${reason}`);
    return { kind: 'wait', delayMs, reason: code };
  }

  async #putAside(delivery: Delivery, attempts: Attempts, error: StreamflixError): Promise<DeliveryOutcome> {
    const { topic, partition, message } = delivery;
    const { group, publisher, logger } = this.#options;
    const headers = composeDeadLetterHeaders({
      ...{ group, topic, partition, message, error },
      attempts: attempts.total,
      failedAt: new Date(),
    });
    try {
      await publisher.sendRaw({
        topic: deadLetterTopicOf(topic),
        key: message.key,
        value: message.value,
        headers,
        fallbackPartition: partition,
      });
    } catch (thrown) {
      // Nowhere to put it: it must not be lost, so it stays where it is, whatever kept it from being written.
      const away = new StreamflixError('BUS_UNAVAILABLE', { cause: thrown });
      return this.#wait(delivery, attempts, away, waitingDelayMs(attempts.waits));
    }
    deadLetters.add(1, { topic, group, code: error.code });
    const facts = { topic, partition, offset: message.offset, code: error.code, attempts: attempts.total };
    logger.error({ ...facts, err: error }, 'a message was put into the dead-letter topic');
    return this.#finish(delivery, 'dead-letter');
  }
}
