import { videoCodecString } from './codec-string.ts';

/** What the sample entry of an initialization segment says of the codec. */

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

/** Where the decoder's own configuration begins (ISO/IEC 14496-1, 7.2.6). */
function findAudioConfiguration(bytes: Buffer): number | null {
  const box = bytes.indexOf('esds');
  if (box < 0) return null;
  const stream = readDescriptor(bytes, box + 8);
  const decoder = readDescriptor(bytes, stream.payload + 3);
  const specific = readDescriptor(bytes, decoder.payload + 13);
  return stream.tag === 3 && decoder.tag === 4 && specific.tag === 5 ? specific.payload : null;
}

/** ISO/IEC 14496-3, 1.6.2.1: five bits of object type, four of rate, four of channel configuration, of which 7 is 7.1. */
export function readAudioChannels(bytes: Buffer): number | null {
  const at = findAudioConfiguration(bytes);
  if (at === null) return null;
  const configuration = ((bytes[at + 1] ?? 0) >> 3) & 0xf;
  return configuration === 7 ? 8 : configuration;
}

/** RFC 6381: avc1.64001f, mp4a.40.2. */
export function readCodec(bytes: Buffer): string | null {
  const video = videoCodecString(bytes);
  if (video !== null) return video;
  const at = findAudioConfiguration(bytes);
  return at === null ? null : `mp4a.40.${(bytes[at] ?? 0) >> 3}`;
}

/** Transfer characteristics by ITU-T H.273. */
const rangeOfTransfer: Record<number, string> = { 16: 'PQ', 18: 'HLG' };

/** What EXT-X-STREAM-INF must tell of the pictures: SDR, PQ or HLG; null where there are none. */
export function readVideoRange(bytes: Buffer): string | null {
  if (!bytes.includes('vide')) return null;
  const at = bytes.indexOf('colrnclx');
  return at < 0 ? 'SDR' : (rangeOfTransfer[bytes.readUInt16BE(at + 10)] ?? 'SDR');
}
