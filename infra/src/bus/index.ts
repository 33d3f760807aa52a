export type {
  Bus,
  ConsumeOptions,
  DeadLetter,
  Handlers,
  MessageContext,
  OutgoingMessage,
  PublishResult,
  RawHeaders,
  ReadBackOptions,
  ReadDeadLettersOptions,
  ReadThroughOptions,
  ReplayOrder,
  Subscription,
  TailOptions,
} from './bus.ts';
export { connectBus } from './connect-bus.ts';
export { assertEvent } from './event-types.ts';
export type { Replay } from './replay.ts';
export { setUpTopicsAndSchemas } from './set-up.ts';
