import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBox, listBoxes } from './boxes.ts';
import { readAudioChannels, readCodec, readVideoRange } from './read-codec.ts';

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
  /** Null for pictures. */
  channels: number | null;
  /** SDR, PQ or HLG, from the colour box; null for sound. */
  videoRange: string | null;
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

interface Run {
  duration: number;
  samples: number;
  firstFlags: number;
  /** Bytes of its first sample; null where the run does not say. */
  firstBytes: number | null;
}

function readRun(bytes: Buffer, at: number, defaults: Defaults): Run {
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
  let firstBytes: number | null = null;
  for (let index = 0; index < samples; index += 1) {
    duration += flags & 0x100 ? bytes.readUInt32BE(offset) : defaults.duration;
    if (flags & 0x100) offset += 4;
    if (flags & 0x200) {
      firstBytes ??= bytes.readUInt32BE(offset);
      offset += 4;
    }
    if (flags & 0x400) {
      if (index === 0) firstFlags = bytes.readUInt32BE(offset);
      offset += 4;
    }
    if (flags & 0x800) offset += 4;
  }
  return { duration, samples, firstFlags, firstBytes };
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

/**
 * Why a range of a segment is not what an I-frame playlist promises: a fragment's boxes and then its first sample, whole, which needs no
 * other (RFC 8216, 4.3.3.6). Null when it is.
 */
export function keyframeFault(range: Buffer, promisedBytes: number): string | null {
  if (range.length < promisedBytes) return `it has ${range.length} bytes of ${promisedBytes}`;
  const [moof, data] = listBoxes(range);
  if (moof?.type !== 'moof' || data?.type !== 'mdat') return 'there is no fragment';
  const traf = findBox(range, ['traf'], moof.payload, moof.end);
  const header = traf && findBox(range, ['tfhd'], traf.payload, traf.end);
  const run = traf && findBox(range, ['trun'], traf.payload, traf.end);
  if (header === null || run === null) return 'the fragment has no samples';
  const { firstFlags, firstBytes } = readRun(range, run.payload, readTrackFragmentHeader(range, header.payload));
  if ((firstFlags & sampleIsNotSync) !== 0) return 'the picture there is no keyframe';
  return firstBytes !== null && data.payload + firstBytes > range.length ? 'the keyframe is cut off' : null;
}

/** Throws where the boxes do not hold what they must. */
export function parseInit(bytes: Buffer): InitMedia {
  const header = findBox(bytes, ['moov', 'trak', 'mdia', 'mdhd']);
  if (header === null) throw new Error('it has no track');
  const timescale = bytes.readUInt32BE(header.payload + (bytes[header.payload] === 1 ? 20 : 12));
  const edits = findBox(bytes, ['moov', 'trak', 'edts', 'elst']);
  const at = edits === null ? 0 : edits.payload;
  const priming = edits === null ? 0 : bytes[at] === 1 ? Number(bytes.readBigInt64BE(at + 16)) : bytes.readInt32BE(at + 12);
  return {
    sizeBytes: bytes.length,
    timescale,
    codec: readCodec(bytes),
    channels: readAudioChannels(bytes),
    videoRange: readVideoRange(bytes),
    priming: Math.max(0, priming),
  };
}

export const readSegment = async (dir: string, path: string): Promise<SegmentMedia> =>
  parseSegment(await readFile(join(dir, path)));

export const readInit = async (dir: string, path: string): Promise<InitMedia> => parseInit(await readFile(join(dir, path)));
