import { createCipheriv, createHash, hash } from 'node:crypto';

const pieceBytes = 64 * 1024;
/** What a video begins with, so that nobody takes it for something else at the door. */
const beginning = Buffer.from('\0\0\0\x18ftypisom\0\0\x02\0isomiso2', 'latin1');

/** A file that is another one for each name and the same every time, and never whole in memory. */
export function* madeFile(name: string, sizeBytes: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-128-ctr', hash('md5', name, 'buffer'), Buffer.alloc(16));
  const zeros = Buffer.alloc(pieceBytes);
  for (let at = 0; at < sizeBytes; at += pieceBytes) {
    const piece = cipher.update(zeros.subarray(0, Math.min(pieceBytes, sizeBytes - at)));
    if (at === 0) beginning.copy(piece);
    yield piece;
  }
}

export function hashOfMade(name: string, sizeBytes: number): string {
  const sha256 = createHash('sha256');
  for (const piece of madeFile(name, sizeBytes)) sha256.update(piece);
  return sha256.digest('hex');
}
