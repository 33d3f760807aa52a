import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { avi } from './avi.ts';
import { element, ids, matroska } from './ebml.ts';
import type { HostileInput, HostileSite } from './hostile-input.ts';
import { box, changeBoxes, fileType, u32 } from './mp4.ts';

const someMs = [0, 100, 200, 300, 400, 500, 600, 700, 800, 900];

const jpeg = ({ convert }: HostileSite): Promise<Buffer> => convert('mjpeg', '-frames:v', '1', '-c:v', 'mjpeg', '-an');

const frames = async (site: HostileSite) => {
  const data = await jpeg(site);
  return someMs.map((timeMs) => ({ timeMs, data }));
};

const playlistOf = (uri: string): string =>
  `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:2.0,\n${uri}\n#EXT-X-ENDLIST\n`;

const reference = (type: string, target: string): Buffer => box('dref', u32(0, 1), box(type, u32(0), `${target}\0`)).subarray(8);

/** An alias of the classic Mac: a header, then records of a type, a length and a text; 2 is the absolute path. */
function aliasOf(path: string): Buffer {
  const record = (type: number, text: string): Buffer => {
    const head = Buffer.alloc(4);
    head.writeInt16BE(type, 0);
    head.writeUInt16BE(text.length, 2);
    return Buffer.concat([head, Buffer.from(text.length % 2 === 0 ? text : `${text}\0`)]);
  };
  const records = Buffer.concat([record(2, `volume:${path}`), record(18, path), record(-1, '')]);
  return box('dref', u32(0, 1), box('alis', u32(0), Buffer.alloc(150), records)).subarray(8);
}

/** Containers that are what they seem, and name other files inside. */
export const containers: readonly HostileInput[] = [
  {
    name: 'an MP4 whose samples lie in another file by URL',
    fileName: 'a.mp4',
    make: ({ clip, secretVideo }) =>
      changeBoxes(clip, (type) => (type === 'dref' ? reference('url ', `file://${secretVideo}`) : null)),
    ends: ['completes', 'SOURCE_CORRUPT', 'SOURCE_TRUNCATED'],
  },
  {
    name: 'a QuickTime file whose samples lie in another file by alias',
    fileName: 'a.mov',
    make: ({ clip, secretVideo }) => changeBoxes(clip, (type) => (type === 'dref' ? aliasOf(secretVideo) : null)),
    ends: ['completes', 'SOURCE_CORRUPT', 'SOURCE_TRUNCATED'],
  },
  {
    name: 'a reference movie of a server',
    fileName: 'a.mov',
    make: ({ decoy }) => {
      const url = `http://${decoy}/a.mov\0`;
      return Buffer.concat([fileType, box('moov', box('rmra', box('rmda', box('rdrf', u32(0), 'url ', u32(url.length), url))))]);
    },
    ends: ['SOURCE_CORRUPT'],
  },
  {
    name: 'a Matroska file that is continued in another',
    fileName: 'a.mkv',
    make: async (site) =>
      matroska(await frames(site), {
        info: [element(ids.nextFileName, site.secretVideo), element(ids.nextUid, Buffer.alloc(16, 7))],
      }),
    ends: ['completes'],
  },
  {
    name: 'a Matroska file with a playlist attached',
    fileName: 'a.mkv',
    make: async (site) => {
      const attachment = element(
        ids.attachment,
        ...[element(ids.attachmentName, site.secretVideo), element(ids.attachmentType, 'application/x-mpegurl')],
        ...[element(ids.attachmentData, playlistOf(site.secretVideo)), element(ids.attachmentUid, 1)],
      );
      return matroska(await frames(site), { more: [element(ids.attachments, attachment)] });
    },
    ends: ['completes'],
  },
  {
    name: 'an AVI whose subtitles are a playlist',
    fileName: 'a.avi',
    make: async (site) => avi(await jpeg(site), playlistOf(site.secretVideo)),
    ends: ['completes', 'SOURCE_CORRUPT'],
  },
  {
    name: 'an AVI whose subtitles are a playlist of a server',
    fileName: 'a.avi',
    make: async (site) => avi(await jpeg(site), playlistOf(`http://${site.decoy}/a.ts`)),
    ends: ['completes', 'SOURCE_CORRUPT'],
  },
  {
    name: 'a playlist that goes on as a transport stream',
    fileName: 'a.ts',
    make: async ({ convert, secretVideo }) =>
      Buffer.concat([Buffer.from(playlistOf(secretVideo)), await convert('ts', '-c', 'copy')]),
    ends: ['completes', 'SOURCE_CORRUPT'],
    leaks: 'secret',
  },
  {
    name: 'a transport stream that goes on as a playlist',
    fileName: 'a.ts',
    make: async ({ convert, secretVideo }) =>
      Buffer.concat([await convert('ts', '-c', 'copy'), Buffer.from(playlistOf(secretVideo))]),
    ends: ['completes', 'SOURCE_CORRUPT'],
  },
  {
    name: 'a GIF header before a playlist',
    fileName: 'a.gif',
    make: ({ secretVideo }) => `GIF89a\n${playlistOf(secretVideo)}`,
    ends: ['SOURCE_UNSUPPORTED'],
  },
  {
    name: 'an archive before a playlist',
    fileName: 'a.zip',
    make: ({ secretVideo }) => `PK\x03\x04\x14\x00\x00\x00${playlistOf(secretVideo)}`,
    ends: ['SOURCE_UNSUPPORTED'],
  },
  {
    name: 'an MP4 header before a playlist',
    fileName: 'a.m3u8',
    make: ({ secretVideo }) => Buffer.concat([fileType, Buffer.from(playlistOf(secretVideo))]),
    ends: ['SOURCE_CORRUPT', 'SOURCE_UNSUPPORTED', 'SOURCE_TRUNCATED'],
  },
  {
    name: 'an MP4 with a text track that names a file',
    fileName: 'a.mp4',
    make: async ({ dir, convert, secretVideo }) => {
      const subtitles = join(dir, 'own.srt');
      await writeFile(subtitles, `1\n00:00:00,000 --> 00:00:01,000\n<img src="file://${secretVideo}"> {\\i1}${secretVideo}\n`);
      return convert('mp4', '-i', subtitles, '-c', 'copy', '-c:s', 'mov_text');
    },
    ends: ['completes'],
  },
  {
    name: 'an encrypted MP4',
    fileName: 'a.mp4',
    make: ({ convert }) =>
      convert(
        'mp4',
        '-c',
        'copy',
        '-encryption_scheme',
        'cenc-aes-ctr',
        '-encryption_key',
        '00'.repeat(16),
        '-encryption_kid',
        '11'.repeat(16),
      ),
    ends: ['SOURCE_ENCRYPTED'],
  },
];
