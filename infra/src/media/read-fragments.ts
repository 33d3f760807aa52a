import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBox, listBoxes } from './boxes.ts';
import { videoCodecString } from './codec-string.ts';

/** What the segments themselves hold, in the track's own time base: no manifest is asked. */
export interface SegmentMedia {
  sizeBytes: number;
  /** When its first sample is decoded. */
  start: number;
  duration: number;
  samples: number;
  startsWithKeyframe: boolean;
}

export interface InitMedia {
  sizeBytes: number;
  timescale: number;
  /** RFC 6381, from the decoder configuration: avc1.64001f, mp4a.40.2. */
  codec: string | null;
  /** Samples before the presentation begins: encoder delay, which the edit list hides. */
  priming: number;
}

const sampleIsNotSync = 0x10000;

interface Defaults {
  duration: number;
  flags: number;
}

function readTrackFragmentHeader(bytes: Buffer, at: number): Defaults {
  const flags = bytes.readUIntBE(at + 1, 3);
  let offset = at + 8;
  if (flags & 0x1) offset += 8;
  if (flags & 0x2) offset += 4;
  const duration = flags & 0x8 ? bytes.readUInt32BE(offset) : 0;
  if (flags & 0x8) offset += 4;
  if (flags & 0x10) offset += 4;
  return { duration, flags: flags & 0x20 ? bytes.readUInt32BE(offset) : 0 };
}

const readDecodeTime = (bytes: Buffer, at: number): number =>
  bytes[at] === 1 ? Number(bytes.readBigUInt64BE(at + 4)) : bytes.readUInt32BE(at + 4);

function readRun(bytes: Buffer, at: number, defaults: Defaults): { duration: number; samples: number; firstFlags: number } {
  const flags = bytes.readUIntBE(at + 1, 3);
  const samples = bytes.readUInt32BE(at + 4);
  let offset = at + 8;
  if (flags & 0x1) offset += 4;
  let firstFlags = defaults.flags;
  if (flags & 0x4) {
    firstFlags = bytes.readUInt32BE(offset);
    offset += 4;
  }
  let duration = 0;
  for (let index = 0; index < samples; index += 1) {
    duration += flags & 0x100 ? bytes.readUInt32BE(offset) : defaults.duration;
    if (flags & 0x100) offset += 4;
    if (flags & 0x200) offset += 4;
    if (flags & 0x400) {
      if (index === 0) firstFlags = bytes.readUInt32BE(offset);
      offset += 4;
    }
    if (flags & 0x800) offset += 4;
  }
  return { duration, samples, firstFlags };
}

/** Adds up a segment's fragments. Throws a RangeError or Error where the boxes do not hold what they must. */
export function parseSegment(bytes: Buffer): SegmentMedia {
  let start: number | null = null;
  let firstFlags = 0;
  let duration = 0;
  let samples = 0;
  for (const { type, payload, end } of listBoxes(bytes)) {
    if (end > bytes.length) throw new Error(`its ${type} box is cut off`);
    if (type !== 'moof') continue;
    const traf = findBox(bytes, ['traf'], payload, end);
    if (traf === null) throw new Error('a fragment without a track');
    const header = findBox(bytes, ['tfhd'], traf.payload, traf.end);
    const decodeTime = findBox(bytes, ['tfdt'], traf.payload, traf.end);
    if (header === null || decodeTime === null) throw new Error('a fragment without its times');
    const defaults = readTrackFragmentHeader(bytes, header.payload);
    const first = start === null;
    start ??= readDecodeTime(bytes, decodeTime.payload);
    for (const run of [...listBoxes(bytes, traf.payload, traf.end)].filter((box) => box.type === 'trun')) {
      const read = readRun(bytes, run.payload, defaults);
      if (first && samples === 0) firstFlags = read.firstFlags;
      duration += read.duration;
      samples += read.samples;
    }
  }
  if (start === null || samples === 0) throw new Error('it holds no samples');
  return { sizeBytes: bytes.length, start, duration, samples, startsWithKeyframe: (firstFlags & sampleIsNotSync) === 0 };
}

interface Descriptor {
  tag: number;
  payload: number;
}

/** MPEG-4 descriptors write their length in one to four bytes of seven bits. */
function readDescriptor(bytes: Buffer, at: number): Descriptor {
  let payload = at + 1;
  while (((bytes[payload] ?? 0) & 0x80) !== 0) payload += 1;
  return { tag: bytes[at] ?? 0, payload: payload + 1 };
}

/** The audio object type is the first five bits of the decoder's own configuration (ISO/IEC 14496-1, 7.2.6; 14496-3, 1.6.2). */
function readAudioObjectType(bytes: Buffer, at: number): number | null {
  const stream = readDescriptor(bytes, at);
  const decoder = readDescriptor(bytes, stream.payload + 3);
  const specific = readDescriptor(bytes, decoder.payload + 13);
  const tagsFit = stream.tag === 3 && decoder.tag === 4 && specific.tag === 5;
  return tagsFit ? (bytes[specific.payload] ?? 0) >> 3 : null;
}

/** The codec string from the decoder configuration of the first sample entry. */
function readCodec(bytes: Buffer): string | null {
  const video = videoCodecString(bytes);
  if (video !== null) return video;
  const esds = bytes.indexOf('esds');
  const objectType = esds < 0 ? null : readAudioObjectType(bytes, esds + 8);
  return objectType === null ? null : `mp4a.40.${objectType}`;
}

/** Throws where the boxes do not hold what they must. */
export function parseInit(bytes: Buffer): InitMedia {
  const header = findBox(bytes, ['moov', 'trak', 'mdia', 'mdhd']);
  if (header === null) throw new Error('it has no track');
  const timescale = bytes.readUInt32BE(header.payload + (bytes[header.payload] === 1 ? 20 : 12));
  const edits = findBox(bytes, ['moov', 'trak', 'edts', 'elst']);
  const at = edits === null ? 0 : edits.payload;
  const priming = edits === null ? 0 : bytes[at] === 1 ? Number(bytes.readBigInt64BE(at + 16)) : bytes.readInt32BE(at + 12);
  return { sizeBytes: bytes.length, timescale, codec: readCodec(bytes), priming: Math.max(0, priming) };
}

export const readSegment = async (dir: string, path: string): Promise<SegmentMedia> =>
  parseSegment(await readFile(join(dir, path)));

export const readInit = async (dir: string, path: string): Promise<InitMedia> => parseInit(await readFile(join(dir, path)));
