import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';

export interface HashedBody {
  stream: Readable;
  /** SHA-256 of what was read, in hex; to be asked for once, at the end. */
  digest(): string;
}

/**
 * The body as a stream that knows what it was. It holds one chunk at a time: each further buffer on the way is held once for every
 * upload that waits for the store. `onBytes` is told how much came and may throw.
 */
export function hashBody(body: AsyncIterable<Buffer>, onBytes: (receivedBytes: number) => void = () => undefined): HashedBody {
  const hash = createHash('sha256');
  async function* hashed(): AsyncGenerator<Buffer> {
    let receivedBytes = 0;
    for await (const chunk of body) {
      receivedBytes += chunk.length;
      onBytes(receivedBytes);
      hash.update(chunk);
      yield chunk;
    }
  }
  return { stream: Readable.from(hashed(), { objectMode: false, highWaterMark: 1 }), digest: () => hash.digest('hex') };
}
