import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { StreamflixError } from '@streamflix/contracts';
import { type Box, findFileBox, listFileBoxes } from './boxes.ts';

export interface CountedOutput {
  packets: number;
  /** Of what is shown or heard: without what an encoder of sound puts before it. */
  durationSeconds: number;
}

const unreadable = (cause?: unknown): StreamflixError =>
  new StreamflixError('ENCODER_FAILED', { message: 'The encoder left a file that cannot be read.', cause });

/** Tables are read in pieces: those of a day have millions of rows. */
const windowBytes = 256 * 1024;
const rowBytes = 4;

/** The payload of a small box below another; nothing where there is none. */
async function readBox(file: FileHandle, { payload, end }: Box, path: readonly string[]): Promise<Buffer> {
  const box = await findFileBox(file, path, payload, end);
  if (box === null) return Buffer.alloc(0);
  const bytes = Math.min(box.end - box.payload, windowBytes);
  return (await file.read(Buffer.alloc(bytes), 0, bytes, box.payload)).buffer;
}

/** How many samples the table of sizes (`stsz`) names, and how many bytes they have together. */
async function sumSizes(file: FileHandle, { payload, end }: Box): Promise<{ samples: number; bytes: number }> {
  const table = await findFileBox(file, ['mdia', 'minf', 'stbl', 'stsz'], payload, end);
  const [sizeAt, countAt, rowsAt] = [4, 8, 12];
  if (table === null || table.end - table.payload < rowsAt) throw unreadable();
  const window = Buffer.alloc(windowBytes);
  await file.read(window, 0, rowsAt, table.payload);
  const [common, samples] = [window.readUInt32BE(sizeAt), window.readUInt32BE(countAt)];
  if (common > 0) return { samples, bytes: common * samples };
  if (table.payload + rowsAt + samples * rowBytes > table.end) throw unreadable();
  let bytes = 0;
  for (let row = 0; row < samples; row += windowBytes / rowBytes) {
    const wanted = Math.min(windowBytes, (samples - row) * rowBytes);
    const { bytesRead } = await file.read(window, 0, wanted, table.payload + rowsAt + row * rowBytes);
    if (bytesRead < wanted) throw unreadable();
    for (let at = 0; at < wanted; at += rowBytes) bytes += window.readUInt32BE(at);
  }
  return { samples, bytes };
}

/** A header of times (`mvhd`, `mdhd`): its scale, and its length in units of that. */
function readTimes(header: Buffer): { timescale: number; duration: number } {
  const isLong = header[0] === 1;
  if (header.length < (isLong ? 32 : 20)) throw unreadable();
  const timescale = header.readUInt32BE(isLong ? 20 : 12);
  const duration = isLong ? Number(header.readBigUInt64BE(24)) : header.readUInt32BE(16);
  if (timescale === 0) throw unreadable();
  return { timescale, duration };
}

/** The lengths of all edits (`elst`) together, in units of the movie's scale; null without any. */
function sumEdits(edits: Buffer): number | null {
  const isLong = edits[0] === 1;
  const entryBytes = isLong ? 20 : 12;
  let sum: number | null = null;
  for (let at = 8; at + entryBytes <= edits.length; at += entryBytes)
    sum = (sum ?? 0) + (isLong ? Number(edits.readBigUInt64BE(at)) : edits.readUInt32BE(at));
  return sum;
}

async function readDuration(file: FileHandle, movie: Box, track: Box): Promise<number> {
  const media = readTimes(await readBox(file, track, ['mdia', 'mdhd']));
  const mediaSeconds = media.duration / media.timescale;
  const edited = sumEdits(await readBox(file, track, ['edts', 'elst']));
  const { timescale } = readTimes(await readBox(file, movie, ['mvhd']));
  // Edits are rounded up to the movie's coarser scale.
  return edited === null ? mediaSeconds : Math.min(mediaSeconds, edited / timescale);
}

/** Neither a link nor a pipe, which would keep the reader waiting for ever: the file comes out of a sandbox. */
async function openMade(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw unreadable(error);
  }
}

/**
 * What the index of an MP4 that we made says of its only track: no tool has to be started for that. Throws ENCODER_FAILED when there is no
 * index, as in a file that was never finished, or nothing in it, or fewer bytes of media than it says.
 */
export async function countOutput(path: string, signal: AbortSignal): Promise<CountedOutput> {
  await using file = await openMade(path);
  const status = await file.stat();
  if (!status.isFile()) throw unreadable();
  const { size } = status;
  let mediaBytes = 0;
  for await (const { type, payload, end } of listFileBoxes(file, 0, size)) {
    signal.throwIfAborted();
    if (type === 'mdat') mediaBytes += Math.min(end, size) - payload;
  }
  const movie = await findFileBox(file, ['moov'], 0, size);
  const track = movie && (await findFileBox(file, ['trak'], movie.payload, movie.end));
  if (movie === null || track === null) throw unreadable();
  const { samples, bytes } = await sumSizes(file, track);
  if (samples === 0 || bytes > mediaBytes) throw unreadable();
  return { packets: samples, durationSeconds: await readDuration(file, movie, track) };
}
