import type { EventOf, StreamflixError, TopicName } from '@streamflix/contracts';

export interface OutgoingMessage {
  /** Id of the event. */
  id: string;
  topic: TopicName;
  key: string;
  /** The event, checked by `assertEvent` when it was born. */
  value: object;
  /** traceparent and the like. */
  headers: Record<string, string>;
}

export interface PublishResult {
  id: string;
  error?: StreamflixError;
}

export interface MessageContext {
  topic: TopicName;
  partition: number;
  offset: string;
  key: string;
  headers: Record<string, string>;
  /** Aborts when the subscription is stopped. */
  signal: AbortSignal;
}

export type Handlers = { [T in TopicName]?: (event: EventOf<T>, context: MessageContext) => Promise<void> };

export interface Subscription {
  stop(): Promise<void>;
  /** Whether it is joined and moving; says why not. */
  health(): { healthy: boolean; reason?: string };
}

export interface ConsumeOptions {
  group: string;
  handlers: Handlers;
  /** The subscription died and will not come back; the process is to end. */
  onCrash(error: Error): void;
}

export interface TailOptions {
  name: string;
  handlers: Handlers;
  onCrash(error: Error): void;
}

export interface ReadBackOptions {
  group: string;
  topics: TopicName[];
  onBatch(eventIds: string[]): Promise<void>;
  onCrash(error: Error): void;
}

export interface ReadThroughOptions {
  topics: TopicName[];
  /** By the time of the messages. */
  from: Date;
  /** Only messages of these keys are decoded and handed over. */
  wants(key: string): boolean;
  onEvent<T extends TopicName>(topic: T, event: EventOf<T>): void;
  signal?: AbortSignal | undefined;
}

export interface Bus {
  /**
   * Only the outbox relay calls it. One topic-partition per send, one send in flight per partition, in the order given per key.
   * Never throws for a single message: says which failed, one result per message in the order given.
   */
  publish(messages: OutgoingMessage[]): Promise<PublishResult[]>;
  /** A group consumer: each message is handled by one member. */
  consume(options: ConsumeOptions): Promise<Subscription>;
  /** Every process sees every message from now on. For wake-ups and live views; nothing depends on it. */
  tail(options: TailOptions): Promise<Subscription>;
  /** Reads back the ids of events, in batches, from the group's position; committed after the handler. */
  readBack(options: ReadBackOptions): Promise<Subscription>;
  /**
   * Reads topics once, from a moment to where they end now, beside all groups. What cannot be decoded is passed over. Throws
   * BUS_UNAVAILABLE or REGISTRY_UNAVAILABLE, and what the handler throws.
   */
  readThrough(options: ReadThroughOptions): Promise<void>;
  /** Throws BUS_UNAVAILABLE or REGISTRY_UNAVAILABLE. */
  check(): Promise<void>;
  close(): Promise<void>;
}
