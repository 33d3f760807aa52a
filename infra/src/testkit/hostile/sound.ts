import { deflateSync } from 'node:zlib';
import type { HostileInput, HostileSite } from './hostile-input.ts';

const many = 1_000_000;
const mebibyte = 1024 ** 2;

const playlistOf = (uri: string): string => `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.0,\n${uri}\n#EXT-X-ENDLIST\n`;

const u32be = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** Seven bits a byte, as the header of an ID3 tag counts. */
const synchsafe = (size: number): number[] => [21, 14, 7, 0].map((shift) => (size >> shift) & 0x7f);

const id3Frame = (name: string, content: Buffer, flags = 0): Buffer =>
  Buffer.concat([Buffer.from(name, 'latin1'), u32be(content.length), Buffer.from([0, flags]), content]);

function id3(...frames: Buffer[]): Buffer {
  const body = Buffer.concat(frames);
  return Buffer.concat([Buffer.from('ID3\x03\0\0', 'latin1'), Buffer.from(synchsafe(body.length)), body]);
}

const picture = (mediaType: string, data: Buffer | string): Buffer =>
  id3Frame('APIC', Buffer.concat([Buffer.from(`\0${mediaType}\0\x03\0`, 'latin1'), Buffer.from(data)]));

const mp3 = ({ convert }: HostileSite): Promise<Buffer> => convert('mp3', '-vn', '-map_metadata', '-1', '-id3v2_version', '0');

/** PCM of 16 bits under whatever its header claims. */
function wav({ channels = 1, sampleRate = 8000, claimed }: { channels?: number; sampleRate?: number; claimed?: number }): Buffer {
  const data = Buffer.alloc(2 * mebibyte, 0x11);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE((claimed ?? data.length) + 36, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE((sampleRate * channels * 2) >>> 0, 28);
  header.writeUInt16LE((channels * 2) & 0xffff, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(claimed ?? data.length, 40);
  return Buffer.concat([header, data]);
}

/** A page of an Ogg stream; its checksum is left out, and demuxers go by the rest. */
function oggPage(serial: number, flags: number, granule: bigint, data: Buffer): Buffer {
  const head = Buffer.alloc(27);
  head.write('OggS', 0, 'latin1');
  head[5] = flags;
  head.writeBigUInt64LE(granule, 6);
  head.writeUInt32LE(serial, 14);
  head[26] = 1;
  return Buffer.concat([head, Buffer.from([data.length]), data]);
}

const opusHead = Buffer.concat([Buffer.from('OpusHead\x01\x02', 'latin1'), Buffer.alloc(9)]);

/** The last page claims to end at the end of all counting. */
function lastingForEver(ogg: Buffer): Buffer {
  const bytes = Buffer.from(ogg);
  bytes.writeBigUInt64LE(0x7fff_ffff_ffff_0000n, bytes.lastIndexOf('OggS') + 6);
  return bytes;
}

const png = ({ convert }: HostileSite): Promise<Buffer> =>
  convert('png', '-frames:v', '1', '-an', '-vf', 'scale=16384:8640,lutyuv=y=40:u=128:v=128', '-pix_fmt', 'gray', '-c:v', 'png');

/** What a podcast or a song may be that is none. */
export const hostileSound: readonly HostileInput[] = [
  {
    name: 'an HLS playlist under the name of a song',
    fileName: 'a.mp3',
    ends: ['SOURCE_UNSUPPORTED'],
    leaks: 'secret',
    make: ({ secretVideo }) => playlistOf(secretVideo),
  },
  {
    name: 'an HLS playlist of a server under the name of a podcast',
    fileName: 'a.m4a',
    ends: ['SOURCE_UNSUPPORTED'],
    leaks: 'decoy',
    make: ({ decoy }) => playlistOf(`http://${decoy}/a.mp4`),
  },
  {
    name: 'a concat script under the name of a song',
    fileName: 'a.mp3',
    make: ({ secretVideo }) => `ffconcat version 1.0\nfile ${secretVideo}\n`,
    ends: ['SOURCE_UNSUPPORTED'],
  },
  {
    name: 'a playlist under the tags of a song',
    fileName: 'a.mp3',
    make: ({ secretVideo }) => Buffer.concat([id3(id3Frame('TIT2', Buffer.from('\0x'))), Buffer.from(playlistOf(secretVideo))]),
    ends: ['SOURCE_CORRUPT', 'SOURCE_UNSUPPORTED', 'SOURCE_NO_VIDEO'],
  },
  {
    name: 'a song whose cover is the address of a server',
    fileName: 'a.mp3',
    make: async (site) => Buffer.concat([id3(picture('-->', `http://${site.decoy}/cover.png`)), await mp3(site)]),
    ends: ['completes'],
  },
  {
    name: 'a song whose cover is the path of a secret',
    fileName: 'a.mp3',
    make: async (site) => Buffer.concat([id3(picture('-->', `file://${site.secretVideo}`)), await mp3(site)]),
    ends: ['completes'],
  },
  {
    name: 'a song with a cover of 16384x8640',
    fileName: 'a.mp3',
    make: async (site) => Buffer.concat([id3(picture('image/png', await png(site))), await mp3(site)]),
    ends: ['completes', 'SOURCE_TOO_LARGE'],
  },
  {
    name: 'a song with three hundred thousand tags',
    fileName: 'a.mp3',
    make: async (site) => {
      const tag = id3Frame('TXXX', Buffer.from('\0name\0value', 'latin1'));
      return Buffer.concat([id3(Buffer.alloc(300_000 * tag.length, tag)), await mp3(site)]);
    },
    ends: ['completes', 'SOURCE_CORRUPT', 'SOURCE_TOO_COMPLEX'],
  },
  {
    name: 'a song with tags that unpack without end',
    fileName: 'a.mp3',
    make: async (site) => {
      const packed = deflateSync(Buffer.alloc(500 * many));
      const frame = id3Frame('TIT2', Buffer.concat([u32be(0x7fff_fff0), packed]), 0x80);
      return Buffer.concat([id3(frame, frame, frame), await mp3(site)]);
    },
    ends: ['completes', 'SOURCE_CORRUPT', 'SOURCE_TOO_COMPLEX'],
  },
  {
    name: 'a song under fifty thousand tags one after the other',
    fileName: 'a.mp3',
    make: async (site) => {
      const tag = id3(id3Frame('TIT2', Buffer.from('\0x')));
      return Buffer.concat([Buffer.alloc(50_000 * tag.length, tag), await mp3(site)]);
    },
    ends: ['completes', 'SOURCE_CORRUPT', 'SOURCE_TOO_COMPLEX', 'SOURCE_NO_VIDEO', 'SOURCE_UNSUPPORTED'],
  },
  {
    name: 'sound of 255 channels',
    fileName: 'a.wav',
    ends: ['SOURCE_UNSUPPORTED'],
    make: () => wav({ channels: 255 }),
  },
  {
    name: 'sound of 65535 channels',
    fileName: 'a.wav',
    ends: ['completes', 'SOURCE_CORRUPT', 'SOURCE_UNSUPPORTED', 'SOURCE_NO_VIDEO', 'SOURCE_TOO_SHORT'],
    make: () => wav({ channels: 65_535 }),
  },
  {
    name: 'sound of two thousand million samples a second',
    fileName: 'a.wav',
    ends: ['completes', 'SOURCE_CORRUPT', 'SOURCE_UNSUPPORTED', 'SOURCE_TOO_SHORT'],
    make: () => wav({ sampleRate: 0x7fff_ffff }),
  },
  {
    name: 'sound of one sample a second',
    fileName: 'a.wav',
    make: () => wav({ sampleRate: 1 }),
    ends: ['SOURCE_TOO_LONG', 'SOURCE_CORRUPT', 'SOURCE_TOO_COMPLEX'],
  },
  {
    name: 'a wave file that claims three gigabytes',
    fileName: 'a.wav',
    make: () => wav({ claimed: 3 * 1024 * mebibyte }),
    ends: ['SOURCE_TRUNCATED'],
  },
  {
    name: 'a FLAC of all the samples that can be counted',
    fileName: 'a.flac',
    make: async ({ convert }) => {
      const bytes = Buffer.from(await convert('flac', '-vn'));
      // The last 36 bits before the digest of the first block.
      bytes[21] = (bytes[21] ?? 0) | 0x0f;
      bytes.fill(0xff, 22, 26);
      return bytes;
    },
    ends: ['completes', 'SOURCE_TRUNCATED', 'SOURCE_CORRUPT', 'SOURCE_TOO_LONG'],
  },
  {
    name: 'a FLAC whose cover claims four gigabytes',
    fileName: 'a.flac',
    make: async ({ convert }) => {
      const bytes = await convert('flac', '-vn');
      const cover = Buffer.concat([u32be(3), u32be(0xffff_ffff), Buffer.from('image/png')]);
      const block = Buffer.concat([Buffer.from([6, 0, 0, cover.length]), cover]);
      return Buffer.concat([bytes.subarray(0, 42), block, bytes.subarray(42)]);
    },
    ends: ['completes', 'SOURCE_CORRUPT', 'SOURCE_TOO_COMPLEX', 'SOURCE_UNSUPPORTED'],
  },
  {
    name: 'an Ogg file that ends in three million years',
    fileName: 'a.ogg',
    make: async ({ convert }) => lastingForEver(await convert('ogg', '-vn', '-c:a', 'libvorbis')),
    ends: ['completes', 'SOURCE_CORRUPT', 'SOURCE_TOO_LONG'],
  },
  {
    name: 'an Ogg file of fifty thousand streams',
    fileName: 'a.ogg',
    make: () => Buffer.concat(Array.from({ length: 50_000 }, (_, serial) => oggPage(serial, 2, 0n, opusHead))),
    ends: ['SOURCE_CORRUPT', 'SOURCE_TOO_COMPLEX', 'SOURCE_UNSUPPORTED', 'SOURCE_TOO_SHORT', 'SOURCE_NO_VIDEO'],
  },
];
