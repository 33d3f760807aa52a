import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { element, ids, matroska } from './ebml.ts';
import type { HostileInput, HostileSite } from './hostile-input.ts';
import { box, changeBoxes, fileType, u32 } from './mp4.ts';

const many = 1_000_000;
const day = 24 * 3600;
/** Of the clip that they are made from. */
const clipFrames = 60;

const repeated = (part: Buffer, times: number): Buffer => Buffer.alloc(part.length * times, part);

/** Boxes inside of each other, so deep. */
function nested(type: string, depth: number): Buffer {
  const bytes = Buffer.alloc(8 * depth);
  for (let level = 0; level < depth; level += 1) {
    bytes.writeUInt32BE(8 * (depth - level), 8 * level);
    bytes.write(type, 8 * level + 4, 'latin1');
  }
  return bytes;
}

const jpegOf = ({ convert }: HostileSite): Promise<Buffer> => convert('mjpeg', '-frames:v', '1', '-c:v', 'mjpeg', '-an');

const solid = (size: string): string[] => ['-frames:v', '1', '-an', '-vf', `scale=${size},lutyuv=y=40:u=128:v=128`];

const inMp4 = (
  name: string,
  change: (type: string, content: Buffer) => Buffer | null,
  ends: HostileInput['ends'],
): HostileInput => ({
  name,
  fileName: 'a.mp4',
  make: ({ clip }) => changeBoxes(clip, change),
  ends,
});

/** Small files that claim, or unpack to, far more than they are. */
export const bombs: readonly HostileInput[] = [
  {
    name: 'a picture of 16384x8640',
    fileName: 'a.mov',
    make: ({ convert }) => convert('mov', ...solid('16384:8640'), '-pix_fmt', 'gray', '-c:v', 'png'),
    ends: ['SOURCE_TOO_LARGE'],
  },
  {
    name: 'a picture that grows beyond the limit in the middle',
    fileName: 'a.ts',
    make: async ({ convert }) =>
      Buffer.concat([
        await convert('ts', '-c', 'copy'),
        await convert('ts', ...solid('8192:4400'), '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'),
      ]),
    ends: ['completes', 'SOURCE_CORRUPT', 'SOURCE_TOO_LARGE'],
  },
  inMp4(
    'a few kilobytes that claim a day',
    (type, content) => {
      if (type === 'elst') return u32(0, 0);
      return type === 'stts' && content.readUInt32BE(8) === clipFrames
        ? u32(0, 1, clipFrames, (day * 15_360) / clipFrames)
        : null;
    },
    ['SOURCE_CORRUPT', 'SOURCE_TOO_LONG'],
  ),
  inMp4(
    'an edit list that plays its video a million times',
    (type) => (type === 'elst' ? Buffer.concat([u32(0, many), repeated(u32(2000, 0, 0x10000), many)]) : null),
    ['SOURCE_TOO_COMPLEX', 'SOURCE_CORRUPT', 'SOURCE_TOO_LONG'],
  ),
  inMp4(
    'an edit list that plays its video a hundred thousand times',
    (type) => (type === 'elst' ? Buffer.concat([u32(0, many / 10), repeated(u32(2000, 0, 0x10000), many / 10)]) : null),
    ['SOURCE_TOO_COMPLEX', 'SOURCE_TOO_LONG'],
  ),
  inMp4(
    'a million packets of nothing',
    (type) => {
      if (type === 'stsz') return Buffer.concat([u32(0, 0, many), Buffer.alloc(4 * many)]);
      if (type === 'stsc') return u32(0, 1, 1, many, 1);
      return type === 'stts' ? u32(0, 1, many, 1) : null;
    },
    ['SOURCE_CORRUPT', 'SOURCE_TRUNCATED', 'SOURCE_TOO_COMPLEX'],
  ),
  inMp4(
    'samples without end',
    (type) => {
      if (type === 'stsz') return u32(0, 1, 0xffffffff);
      if (type === 'stsc') return u32(0, 1, 1, 0xffffffff, 1);
      return type === 'stts' ? u32(0, 1, 0xffffffff, 1) : null;
    },
    ['SOURCE_CORRUPT', 'SOURCE_TRUNCATED', 'SOURCE_TOO_COMPLEX'],
  ),
  inMp4(
    'a comment of twenty megabytes',
    (type, content) => {
      if (type !== 'moov') return null;
      const comment = box('ilst', box('\xa9cmt', box('data', u32(1, 0), Buffer.alloc(20 * many, 'A'))));
      const handler = box('hdlr', u32(0, 0), 'mdirappl', Buffer.alloc(9));
      return Buffer.concat([content, box('udta', box('meta', u32(0), handler, comment))]);
    },
    ['completes', 'SOURCE_CORRUPT', 'SOURCE_TOO_COMPLEX'],
  ),
  {
    name: 'a compressed index that unpacks without end',
    fileName: 'a.mov',
    make: () => {
      const packed = deflateSync(Buffer.alloc(200 * many));
      const index = box('cmov', box('dcom', 'zlib'), box('cmvd', u32(0x7fffffff), packed));
      return Buffer.concat([fileType, box('moov', index)]);
    },
    ends: ['SOURCE_CORRUPT', 'SOURCE_TOO_COMPLEX'],
  },
  {
    name: 'a compressed index that claims to be small',
    fileName: 'a.mov',
    make: () =>
      Buffer.concat([
        fileType,
        box('moov', box('cmov', box('dcom', 'zlib'), box('cmvd', u32(8), deflateSync(Buffer.alloc(50 * many))))),
      ]),
    ends: ['SOURCE_CORRUPT', 'SOURCE_TOO_COMPLEX'],
  },
  {
    name: 'boxes two hundred thousand deep',
    fileName: 'a.mp4',
    make: () => Buffer.concat([fileType, nested('moov', 200_000)]),
    ends: ['SOURCE_CORRUPT'],
  },
  {
    name: 'a million tracks',
    fileName: 'a.mp4',
    make: () => Buffer.concat([fileType, box('moov', repeated(box('trak'), many))]),
    ends: ['SOURCE_CORRUPT', 'SOURCE_TOO_COMPLEX', 'SOURCE_UNSUPPORTED', 'SOURCE_NO_VIDEO'],
  },
  {
    name: 'three million boxes in a row',
    fileName: 'a.mp4',
    make: ({ clip }) => Buffer.concat([fileType, repeated(box('free'), 3 * many), clip]),
    ends: ['SOURCE_TOO_COMPLEX'],
  },
  {
    name: 'a Matroska file of thirty thousand tracks',
    fileName: 'a.mkv',
    make: async (site) => {
      const track = element(
        ids.track,
        element(ids.trackNumber, 2),
        element(ids.trackUid, 2),
        element(ids.trackType, 2),
        element(ids.codec, 'A_AAC'),
      );
      return matroska([{ timeMs: 0, data: await jpegOf(site) }], { more: [element(ids.tracks, repeated(track, 30_000))] });
    },
    ends: ['completes', 'SOURCE_CORRUPT', 'SOURCE_TOO_COMPLEX', 'SOURCE_TOO_SHORT', 'SOURCE_UNSUPPORTED'],
  },
  {
    name: 'half a million chapters',
    fileName: 'a.mkv',
    make: async (site) => {
      const data = await jpegOf(site);
      const chapters = element(
        ids.chapters,
        element(ids.edition, repeated(element(ids.chapter, element(ids.chapterStart, 0)), many / 2)),
      );
      return matroska(
        [0, 100, 200].map((timeMs) => ({ timeMs, data })),
        { more: [chapters] },
      );
    },
    ends: ['completes', 'SOURCE_CORRUPT', 'SOURCE_TOO_COMPLEX'],
  },
  {
    name: 'packets that unpack without end',
    fileName: 'a.mkv',
    make: () => {
      const track = [element(ids.encodings, element(ids.encoding, element(ids.compression, element(ids.algorithm, 0))))];
      const data = deflateSync(Buffer.alloc(500 * many));
      return matroska(
        [0, 100, 200].map((timeMs) => ({ timeMs, data })),
        { track },
      );
    },
    ends: ['SOURCE_CORRUPT', 'SOURCE_TOO_COMPLEX'],
  },
  {
    name: 'a hundred thousand subtitles at once',
    fileName: 'a.mkv',
    make: async ({ dir, convert }) => {
      const subtitles = join(dir, 'own.srt');
      const cue = (_: unknown, index: number) => `${index}\n00:00:00,100 --> 00:00:01,900\n${'<b>'.repeat(20)}x\n\n`;
      await writeFile(subtitles, Array.from({ length: 100_000 }, cue).join(''));
      return convert('mkv', '-i', subtitles, '-c', 'copy', '-c:s', 'srt');
    },
    ends: ['completes', 'SOURCE_TOO_COMPLEX'],
  },
  {
    name: 'a Flash video of empty tags',
    fileName: 'a.flv',
    make: () => {
      const tag = Buffer.from([9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11]);
      return Buffer.concat([Buffer.from('FLV\x01\x05\0\0\0\x09\0\0\0\0', 'latin1'), repeated(tag, many)]);
    },
    ends: ['SOURCE_CORRUPT', 'SOURCE_NO_VIDEO', 'SOURCE_TOO_COMPLEX'],
  },
  {
    name: 'sound under tags of a quarter of a gigabyte',
    fileName: 'a.mp4',
    make: () => Buffer.concat([Buffer.from('ID3\x04\0\0\x7f\x7f\x7f\x7f', 'latin1'), Buffer.alloc(many)]),
    ends: ['SOURCE_CORRUPT', 'SOURCE_UNSUPPORTED'],
  },
  {
    name: 'a photograph of nothing but tags',
    fileName: 'a.mp4',
    make: () =>
      Buffer.concat([
        Buffer.from([0xff, 0xd8]),
        repeated(Buffer.concat([Buffer.from([0xff, 0xe1, 0xff, 0xff]), Buffer.from('Exif\0\0'), Buffer.alloc(65_527)]), 50),
      ]),
    ends: ['SOURCE_UNSUPPORTED'],
  },
];
