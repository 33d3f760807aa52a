import { type FileHandle, lstat, open } from 'node:fs/promises';
import { StreamflixError } from '@streamflix/contracts';
import { fileTypeFromBuffer } from 'file-type';
import { type Box, listFileBoxes, listSampleEntries } from './boxes.ts';

/** ffmpeg's short name of the one demuxer that may open the file. */
export type Demuxer = 'mov' | 'matroska' | 'avi' | 'flv' | 'mpegts' | 'mpeg' | 'ogg' | 'asf' | 'mp3' | 'wav' | 'flac' | 'aac';

const sniffedBytes = 64 * 1024;

/** By the media type that the first bytes show. */
const demuxers: Record<string, Demuxer> = {
  'video/mp4': 'mov',
  'video/quicktime': 'mov',
  'video/x-m4v': 'mov',
  'video/3gpp': 'mov',
  'video/3gpp2': 'mov',
  'audio/x-m4a': 'mov',
  'audio/mp4': 'mov',
  'video/webm': 'matroska',
  'video/matroska': 'matroska',
  'video/x-matroska': 'matroska',
  'video/vnd.avi': 'avi',
  'video/x-msvideo': 'avi',
  'video/x-flv': 'flv',
  'video/mp2t': 'mpegts',
  'video/mpeg': 'mpeg',
  'video/MP1S': 'mpeg',
  'video/MP2P': 'mpeg',
  'video/ogg': 'ogg',
  'audio/ogg': 'ogg',
  'application/ogg': 'ogg',
  'video/x-ms-asf': 'asf',
  'application/vnd.ms-asf': 'asf',
  'audio/mpeg': 'mp3',
  'audio/wav': 'wav',
  'audio/flac': 'flac',
  'audio/x-flac': 'flac',
  'audio/aac': 'aac',
};

/** Old QuickTime files begin with any of these, without a file type box. */
const quickTimeStarts = new Set(['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip', 'pnot']);

/** A recording of a transport stream may begin anywhere in a packet. */
const hasSyncBytes = (head: Buffer, packetBytes: number): boolean =>
  Array.from({ length: packetBytes }, (_, at) => at).some(
    (at) =>
      head.length > at + 7 * packetBytes && [0, 1, 2, 3, 4, 5, 6, 7].every((index) => head[at + index * packetBytes] === 0x47),
  );

function sniffByHand(head: Buffer): Demuxer | null {
  if (quickTimeStarts.has(head.toString('latin1', 4, 8))) return 'mov';
  if (hasSyncBytes(head, 188) || hasSyncBytes(head, 192)) return 'mpegts';
  // A tag with a cover picture may be longer than what is looked at; what follows it is nearly always this.
  if (head.toString('latin1', 0, 3) === 'ID3') return 'mp3';
  return head.length >= 4 && head.readUInt32BE(0) === 0x000001ba ? 'mpeg' : null;
}

const truncated = (why: string): StreamflixError =>
  new StreamflixError('SOURCE_TRUNCATED', { message: `The source ends before its own index says it should: ${why}.` });

/** A day of video has an index of some twenty megabytes. */
const largestIndexBytes = 64 * 1024 * 1024;
/** A day in fragments of a tenth of a second. */
const mostBoxes = 2_000_000;
const encryptedEntries = new Set(['encv', 'enca', 'drmi', 'drms']);

/** Common encryption renames the sample entry; ffprobe shows the codec inside as if nothing were. */
async function assertNotEncrypted(file: FileHandle, { payload, end }: Box): Promise<void> {
  if (end - payload > largestIndexBytes) return;
  const index = Buffer.alloc(end - payload);
  await file.read(index, 0, index.length, payload);
  for (const entry of listSampleEntries(index)) if (encryptedEntries.has(entry)) throw new StreamflixError('SOURCE_ENCRYPTED');
}

/** The boxes say how long the file is, before a demuxer is asked: with the index at the end, nothing else could. */
async function inspectMp4(file: FileHandle, sizeBytes: number): Promise<void> {
  let seen = 0;
  let index: Box | undefined;
  for await (const box of listFileBoxes(file, 0, sizeBytes)) {
    seen += 1;
    if (seen > mostBoxes)
      throw new StreamflixError('SOURCE_TOO_COMPLEX', { message: `The source has more than ${mostBoxes} boxes in a row.` });
    const { type, end } = box;
    if (end > sizeBytes && (type === 'mdat' || type === 'moov' || type === 'moof'))
      throw truncated(`its ${type} box claims ${end - sizeBytes} bytes more than there are`);
    if (type === 'moov') index ??= box;
  }
  if (index !== undefined) await assertNotEncrypted(file, index);
}

/** RIFF tells its size; AVI files above a gigabyte go on in further chunks, so only too few bytes mean anything. */
function assertWholeRiff(head: Buffer, sizeBytes: number): void {
  const claimed = head.length >= 8 ? head.readUInt32LE(4) + 8 : 0;
  if (claimed > sizeBytes && claimed < 0xff000000)
    throw truncated(`its header claims ${claimed - sizeBytes} bytes more than there are`);
}

/**
 * What a file is by its bytes, whatever its name. Throws SOURCE_EMPTY, SOURCE_UNSUPPORTED for anything
 * that is not a container we read (playlists and texts among them), SOURCE_TRUNCATED and SOURCE_ENCRYPTED
 * where the container itself tells.
 */
export async function sniffSource(path: string): Promise<{ demuxer: Demuxer; sizeBytes: number }> {
  // A pipe or a device would keep the reader waiting for ever.
  const seen = await lstat(path);
  if (!seen.isFile()) throw new StreamflixError('SOURCE_UNSUPPORTED', { message: 'The source is not an ordinary file.' });
  const { size: sizeBytes } = seen;
  await using file = await open(path, 'r');
  if (sizeBytes === 0) throw new StreamflixError('SOURCE_EMPTY');
  const head = Buffer.alloc(Math.min(sniffedBytes, sizeBytes));
  await file.read(head, 0, head.length, 0);
  const [mime] = (await fileTypeFromBuffer(head))?.mime.split(';') ?? [];
  const demuxer = (mime === undefined ? undefined : demuxers[mime]) ?? (mime?.startsWith('image/') ? null : sniffByHand(head));
  if (demuxer === null) throw new StreamflixError('SOURCE_UNSUPPORTED', { details: { mime: mime ?? 'unknown' } });
  if (demuxer === 'mov') await inspectMp4(file, sizeBytes);
  if (demuxer === 'avi' || demuxer === 'wav') assertWholeRiff(head, sizeBytes);
  return { demuxer, sizeBytes };
}
