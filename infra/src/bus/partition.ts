const seed = 0x9747b28c;
const multiplier = 0x5bd1e995;

/** MurmurHash2 with 32 bits, signed, as Kafka's Java client computes it (org.apache.kafka.common.utils.Utils.murmur2). */
export function murmur2(data: Uint8Array): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const wholeBytes = data.length & ~3;
  let hash = seed ^ data.length;
  for (let at = 0; at < wholeBytes; at += 4) {
    let word = Math.imul(view.getInt32(at, true), multiplier);
    word = Math.imul(word ^ (word >>> 24), multiplier);
    hash = Math.imul(hash, multiplier) ^ word;
  }
  if (wholeBytes < data.length) {
    for (let at = data.length - 1; at >= wholeBytes; at -= 1) hash ^= view.getUint8(at) << (8 * (at - wholeBytes));
    hash = Math.imul(hash, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}

/** Where other clients put a message with this key, so that its order holds whoever writes. */
export const partitionOf = (key: Uint8Array, partitionCount: number): number => (murmur2(key) & 0x7fffffff) % partitionCount;
