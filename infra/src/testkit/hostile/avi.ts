const le32 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => {
    bytes.writeUInt32LE(value, 4 * index);
  });
  return bytes;
};

function chunk(id: string, ...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
  return Buffer.concat([Buffer.from(id), le32(body.length), body, Buffer.alloc(body.length % 2)]);
}

const pictures = 10;

const streamHeader = (type: string, handler: string, length: number): Buffer =>
  chunk('strh', type, handler, le32(0, 0, 0, 1, 10, 0, length, 0, 0, 0, 0, 0));

/** Ten pictures and a stream of subtitles in the form (GAB2) that carries a whole file of any format. */
export function avi(jpeg: Buffer, subtitles: string): Buffer {
  const header = chunk('avih', le32(100_000, 0, 0, 0x10, pictures, 0, 2, 0, 320, 180, 0, 0, 0, 0));
  const format = chunk('strf', le32(40, 320, 180, 0x0018_0001), 'MJPG', le32(320 * 180 * 3, 0, 0, 0, 0));
  const name = Buffer.from('x\0', 'utf16le');
  const carried = Buffer.from(subtitles);
  const gab2 = Buffer.concat([
    ...[Buffer.from('GAB2\0'), Buffer.from([2, 0]), le32(name.length), name],
    ...[Buffer.from([4, 0]), le32(carried.length), carried],
  ]);
  const streams = [
    chunk('LIST', 'strl', streamHeader('vids', 'MJPG', pictures), format),
    chunk('LIST', 'strl', streamHeader('txts', '\0\0\0\0', 1), chunk('strf', '')),
  ];
  const movie = [chunk('01tx', gab2), ...Array.from({ length: pictures }, () => chunk('00dc', jpeg))];
  return chunk('RIFF', 'AVI ', chunk('LIST', 'hdrl', header, ...streams), chunk('LIST', 'movi', ...movie));
}
