import type { FileHandle } from 'node:fs/promises';

/** A box of an ISO base media file: where its payload lies in the buffer or file, and where it ends by its own claim. */
export interface Box {
  type: string;
  start: number;
  payload: number;
  /** May lie beyond the end of a truncated file. */
  end: number;
}

const headerBytes = 16;
const isBoxType = (type: string): boolean => /^[\x20-\x7e\xa9]{4}$/.test(type);

/** Reads a box header that begins at `start`; null where none can be. A size of 0 means up to the end of what holds it. */
function readHeader(header: Buffer, start: number, limit: number): Box | null {
  if (header.length < 8) return null;
  const type = header.toString('latin1', 4, 8);
  const short = header.readUInt32BE(0);
  if (!isBoxType(type) || (short > 1 && short < 8) || (short === 1 && header.length < headerBytes)) return null;
  const size = short === 1 ? Number(header.readBigUInt64BE(8)) : short;
  const payload = start + (short === 1 ? headerBytes : 8);
  const end = size === 0 ? limit : start + size;
  return end < payload ? null : { type, start, payload, end };
}

/** The boxes that lie side by side between two offsets of a buffer, one at a time: there may be millions of empty ones. */
export function* listBoxes(bytes: Buffer, from = 0, to = bytes.length): Generator<Box, void> {
  for (let at = from; at + 8 <= to; ) {
    const box = readHeader(bytes.subarray(at, Math.min(to, at + headerBytes)), at, to);
    if (box === null) return;
    yield box;
    at = box.end;
  }
}

/** The first box at the end of a path of types: ['moov', 'trak', 'tkhd']. */
export function findBox(bytes: Buffer, [type, ...rest]: readonly string[], from = 0, to = bytes.length): Box | null {
  for (const box of listBoxes(bytes, from, to)) {
    if (box.type !== type) continue;
    const found = rest.length === 0 ? box : findBox(bytes, rest, box.payload, Math.min(box.end, to));
    if (found !== null) return found;
  }
  return null;
}

/** The four letters of every track's sample entries: avc1, mp4a; encv and enca where they are encrypted. Takes the payload of a moov box. */
export function* listSampleEntries(bytes: Buffer): Generator<string, void> {
  for (const { type, payload, end } of listBoxes(bytes)) {
    if (type !== 'trak') continue;
    const descriptions = findBox(bytes, ['mdia', 'minf', 'stbl', 'stsd'], payload, Math.min(end, bytes.length));
    if (descriptions === null) continue;
    for (const entry of listBoxes(bytes, descriptions.payload + 8, Math.min(descriptions.end, bytes.length))) yield entry.type;
  }
}

const windowBytes = 64 * 1024;

/** The boxes between two offsets of a file, reading little but their headers: of many small ones, many at once. */
export async function* listFileBoxes(file: FileHandle, start: number, to: number): AsyncGenerator<Box, void> {
  const window = Buffer.alloc(windowBytes);
  let from = start;
  let held = 0;
  for (let at = start; at + 8 <= to; ) {
    if (at + headerBytes > from + held) {
      ({ bytesRead: held } = await file.read(window, 0, windowBytes, at));
      from = at;
    }
    const box = readHeader(window.subarray(at - from, Math.min(held, at - from + headerBytes)), at, to);
    if (box === null) return;
    yield box;
    at = box.end;
  }
}

/** The first box at the end of a path of types, between two offsets of a file; one that reaches beyond them is not found. */
export async function findFileBox(
  file: FileHandle,
  [type, ...rest]: readonly string[],
  from: number,
  to: number,
): Promise<Box | null> {
  for await (const box of listFileBoxes(file, from, to)) {
    if (box.type !== type || box.end > to) continue;
    const found = rest.length === 0 ? box : await findFileBox(file, rest, box.payload, box.end);
    if (found !== null) return found;
  }
  return null;
}
