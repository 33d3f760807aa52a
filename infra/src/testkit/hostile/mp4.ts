/** A box of an ISO base media file. */
export function box(type: string, ...parts: (Buffer | string | number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));
  const header = Buffer.alloc(8, type, 'latin1');
  header.writeUInt32BE(8 + body.length, 0);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, body]);
}

export const u32 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => {
    bytes.writeUInt32BE(value >>> 0, 4 * index);
  });
  return bytes;
};

export const fileType = box('ftyp', 'isom', u32(512), 'isomiso2avc1mp41');

const containers = new Set(['moov', 'trak', 'mdia', 'minf', 'dinf', 'stbl', 'edts']);

/**
 * The file with its boxes changed: `change` gets each box's type and content and gives the new content, or null to keep it. Boxes that hold
 * boxes are rebuilt from the inside, so sizes stay true. Chunk offsets are kept: use it on files whose index is at the end.
 */
export function changeBoxes(bytes: Buffer, change: (type: string, content: Buffer) => Buffer | null): Buffer {
  const out: Buffer[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const inner = bytes.subarray(at + 8, at + size);
    const content = containers.has(type) ? changeBoxes(inner, change) : inner;
    out.push(box(type, change(type, content) ?? content));
    at += size;
  }
  return Buffer.concat(out);
}
