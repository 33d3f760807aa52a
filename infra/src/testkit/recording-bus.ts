import { StreamflixError } from '@streamflix/contracts';
import type { Bus, OutgoingMessage } from '../bus/index.ts';

/** A bus that only notes what is published, for tests of what happens before Kafka. It can be told to be away. */
export class RecordingBus implements Pick<Bus, 'publish'> {
  readonly published: OutgoingMessage[] = [];
  isAway = false;

  async publish(messages: OutgoingMessage[]): ReturnType<Bus['publish']> {
    if (this.isAway) return messages.map(({ id }) => ({ id, error: new StreamflixError('BUS_UNAVAILABLE') }));
    this.published.push(...messages);
    return messages.map(({ id }) => ({ id }));
  }
}
