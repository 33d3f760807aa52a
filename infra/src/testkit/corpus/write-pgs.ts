/** A subtitle that is a picture, as on a Blu-ray disc: one small box, shown from 0.5 s to 1.5 s. */

const types = { palette: 0x14, object: 0x15, presentation: 0x16, window: 0x17, end: 0x80 };
const clockHertz = 90_000;

function segment(seconds: number, type: number, body: number[]): Buffer {
  const header = Buffer.alloc(13);
  header.write('PG', 'latin1');
  header.writeUInt32BE(Math.round(seconds * clockHertz), 2);
  header.writeUInt8(type, 10);
  header.writeUInt16BE(body.length, 11);
  return Buffer.concat([header, Buffer.from(body)]);
}

const u16 = (value: number): number[] => [value >> 8, value & 255];

const side = 16;
const position = [...u16(100), ...u16(300)];
/** Each line: a run of colour 1, and its end. */
const lines = Array.from({ length: side }, () => [0, 0x80 | side, 1, 0, 0]).flat();
const bitmap = [...u16(side), ...u16(side), ...lines];

const presentation = (seconds: number, number: number, objects: number[][]): Buffer =>
  segment(seconds, types.presentation, [
    ...[...u16(640), ...u16(360), 0x10, ...u16(number), 0x80, 0, 0, objects.length],
    ...objects.flat(),
  ]);

const window = (seconds: number): Buffer => segment(seconds, types.window, [1, 0, ...position, ...u16(side), ...u16(side)]);

export const pgsSubtitle = (): Buffer =>
  Buffer.concat([
    presentation(0.5, 0, [[...u16(0), 0, 0, ...position]]),
    window(0.5),
    segment(0.5, types.palette, [0, 0, 1, 235, 128, 128, 255]),
    segment(0.5, types.object, [...u16(0), 0, 0xc0, 0, ...u16(bitmap.length), ...bitmap]),
    segment(0.5, types.end, []),
    presentation(1.5, 1, []),
    window(1.5),
    segment(1.5, types.end, []),
  ]);
