/** One subtitle as a Presentation Graphic Stream (Blu-ray), the smallest there can be: a white square from one second to the other. */

const side = 16;

function segment(seconds: number, type: number, payload: readonly number[]): Buffer {
  const header = Buffer.alloc(13);
  header.write('PG', 'latin1');
  header.writeUInt32BE(Math.round(seconds * 90_000), 2);
  header.writeUInt8(type, 10);
  header.writeUInt16BE(payload.length, 11);
  return Buffer.concat([header, Buffer.from(payload)]);
}

const two = (value: number): [number, number] => [value >> 8, value & 0xff];

/** Width, height, frame rate, number, state (0x80 begins an epoch), palette, and the objects that are shown. */
const composition = (number: number, objects: number): number[] => [
  ...[...two(320), ...two(180), 0x10, ...two(number), 0x80, 0, 0, objects],
  ...(objects === 0 ? [] : [...two(0), 0, 0, ...two(8), ...two(8)]),
];

export function makePictureSubtitle(fromSeconds: number, toSeconds: number): Buffer {
  const window = [1, 0, ...two(8), ...two(8), ...two(side), ...two(side)];
  const palette = [0, 0, 1, 235, 128, 128, 255];
  // A line is a run of colour 1, then its end.
  const lines = Array.from({ length: side }, () => [0, 0x80 | side, 1, 0, 0]).flat();
  const object = [...two(0), 0, 0xc0, 0, ...two(lines.length + 4), ...two(side), ...two(side), ...lines];
  return Buffer.concat([
    segment(fromSeconds, 0x16, composition(0, 1)),
    segment(fromSeconds, 0x17, window),
    segment(fromSeconds, 0x14, palette),
    segment(fromSeconds, 0x15, object),
    segment(fromSeconds, 0x80, []),
    segment(toSeconds, 0x16, composition(1, 0)),
    segment(toSeconds, 0x17, window),
    segment(toSeconds, 0x80, []),
  ]);
}
