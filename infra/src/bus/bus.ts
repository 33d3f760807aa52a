import type { ErrorCode, EventOf, StreamflixError, TopicName } from '@streamflix/contracts';
import type { Replay } from './replay.ts';

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
  /** A dead letter that came again was handled. What it throws is a failure of the handling. */
  onReplayed?(replay: Replay): Promise<void>;
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

/** In their order, bytes as they were. */
export type RawHeaders = [name: string, value: Buffer][];

/** A message as its topic held it, and why a consumer group put it aside. */
export interface DeadLetter {
  /** Where it lies in its own topic: the original, not the dead letter. */
  topic: TopicName;
  partition: number;
  offset: string;
  publishedAt: Date;
  group: string;
  code: ErrorCode;
  message: string;
  signature: string;
  attempts: number;
  firstSeen: Date;
  lastSeen: Date;
  key: Buffer | null;
  value: Buffer | null;
  headers: RawHeaders;
  /** Which replay it was that failed; null when the message came for the first time. */
  replay: Replay | null;
}

export interface ReadDeadLettersOptions {
  group: string;
  onBatch(letters: DeadLetter[]): Promise<void>;
  onCrash(error: Error): void;
}

export interface ReplayOrder extends Pick<DeadLetter, 'topic' | 'partition' | 'key' | 'value' | 'headers'> {
  replay: Replay;
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
  /** Every dead letter of every topic, from the group's position; committed after the handler. */
  readDeadLetters(options: ReadDeadLettersOptions): Promise<Subscription>;
  /** Sends a dead letter's original bytes to its topic again, for the group that failed. Throws BUS_UNAVAILABLE, or EVENT_INVALID when Kafka refuses it. */
  replay(order: ReplayOrder): Promise<void>;
  /** The event in these bytes, asking the registry anew about schemas it did not know. Throws MESSAGE_UNDECODABLE or REGISTRY_UNAVAILABLE. */
  decode<T extends TopicName>(topic: T, bytes: Buffer | null): Promise<EventOf<T>>;
  /** Throws BUS_UNAVAILABLE or REGISTRY_UNAVAILABLE. */
  check(): Promise<void>;
  close(): Promise<void>;
}
