/** An element of a Matroska file: its id, its size in eight bytes, its content. */
export function element(id: number, ...parts: (Buffer | string | number)[]): Buffer {
  const name = Buffer.from(id.toString(16).padStart(2, '0'), 'hex');
  const content = Buffer.concat(parts.map(toBytes));
  return Buffer.concat([name, sizeOf(content.length), content]);
}

const sizeOf = (bytes: number): Buffer => {
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(bytes) | (1n << 56n));
  return size;
};

function toBytes(part: Buffer | string | number): Buffer {
  if (typeof part !== 'number') return Buffer.from(part);
  const number = Buffer.alloc(4);
  number.writeUInt32BE(part);
  return number;
}

export const ids = {
  header: 0x1a45dfa3,
  docType: 0x4282,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  nextUid: 0x3eb923,
  nextFileName: 0x3e83bb,
  tracks: 0x1654ae6b,
  track: 0xae,
  trackNumber: 0xd7,
  trackUid: 0x73c5,
  trackType: 0x83,
  codec: 0x86,
  video: 0xe0,
  width: 0xb0,
  height: 0xba,
  encodings: 0x6d80,
  encoding: 0x6240,
  compression: 0x5034,
  algorithm: 0x4254,
  chapters: 0x1043a770,
  edition: 0x45b9,
  chapter: 0xb6,
  chapterStart: 0x91,
  attachments: 0x1941a469,
  attachment: 0x61a7,
  attachmentName: 0x466e,
  attachmentType: 0x4660,
  attachmentData: 0x465c,
  attachmentUid: 0x46ae,
  cluster: 0x1f43b675,
  clusterTime: 0xe7,
  simpleBlock: 0xa3,
} as const;

export interface Frame {
  timeMs: number;
  data: Buffer;
}

const block = ({ timeMs, data }: Frame): Buffer => {
  const head = Buffer.from([0x81, 0, 0, 0x80]);
  head.writeInt16BE(timeMs, 1);
  return element(ids.simpleBlock, Buffer.concat([head, data]));
};

/** A file of one track of JPEG pictures. `more` stands before the pictures; `track` and `info` add to the elements of that name. */
export function matroska(
  frames: readonly Frame[],
  { info = [], track = [], more = [] }: { info?: Buffer[]; track?: Buffer[]; more?: Buffer[] } = {},
): Buffer {
  const video = element(ids.video, element(ids.width, 320), element(ids.height, 180));
  const entry = element(
    ids.track,
    ...[element(ids.trackNumber, 1), element(ids.trackUid, 1), element(ids.trackType, 1)],
    ...[element(ids.codec, 'V_MJPEG'), video, ...track],
  );
  return Buffer.concat([
    element(ids.header, element(ids.docType, 'matroska')),
    element(
      ids.segment,
      element(ids.info, element(ids.timestampScale, 1_000_000), ...info),
      element(ids.tracks, entry),
      ...more,
      element(ids.cluster, element(ids.clusterTime, 0), ...frames.map(block)),
    ),
  ]);
}
