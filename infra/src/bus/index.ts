export type {
  Bus,
  ConsumeOptions,
  Handlers,
  MessageContext,
  OutgoingMessage,
  PublishResult,
  ReadBackOptions,
  ReadThroughOptions,
  Subscription,
  TailOptions,
} from './bus.ts';
export { connectBus } from './connect-bus.ts';
export { assertEvent } from './event-types.ts';
export { setUpTopicsAndSchemas } from './set-up.ts';
