import { Redis } from 'ioredis';
import { gatherWrites } from '../net/gather-writes.ts';

/** Sends what many ask at once in one write. */
export class GatheringRedis extends Redis {
  override sendCommand(...command: Parameters<Redis['sendCommand']>): unknown {
    // Before the first connection there is none, whatever its type says.
    const stream: typeof this.stream | undefined = this.stream;
    if (stream !== undefined) gatherWrites(stream);
    return super.sendCommand(...command);
  }
}
