import { createHash } from 'node:crypto';
import { collectBodies } from './collect-bodies.ts';

export interface HashedBody {
  chunks: AsyncIterable<Buffer>;
  /** SHA-256 of what was read, in hex; to be asked for once, at the end. */
  digest(): string;
}

/**
 * The body, and what it was. No stream: each buffer on the way is held once for every upload that waits for the store. `onBytes` is
 * told how much came and may throw.
 */
export function hashBody(body: AsyncIterable<Buffer>, onBytes: (receivedBytes: number) => void = () => undefined): HashedBody {
  const hash = createHash('sha256');
  async function* hashed(): AsyncGenerator<Buffer> {
    let receivedBytes = 0;
    for await (const chunk of body) {
      receivedBytes += chunk.length;
      onBytes(receivedBytes);
      collectBodies(chunk.length);
      hash.update(chunk);
      yield chunk;
    }
  }
  return { chunks: hashed(), digest: () => hash.digest('hex') };
}
