import { link } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { HostileInput, HostileSite } from './hostile-input.ts';

const hls = (...lines: string[]): string =>
  ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-TARGETDURATION:2', '#EXT-X-MEDIA-SEQUENCE:0', ...lines, '#EXT-X-ENDLIST', ''].join(
    '\n',
  );

const segment = (uri: string): string[] => ['#EXTINF:2.0,', uri];

const dash = (base: string, media: string): string => `<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT2S" profiles="urn:mpeg:dash:profile:full:2011">
<Period><BaseURL>${base}</BaseURL><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1000" codecs="avc1.64000c">
<SegmentList duration="2"><SegmentURL media="${media}"/></SegmentList></Representation></AdaptationSet></Period></MPD>`;

const refused = ['SOURCE_UNSUPPORTED'] as const;

const playlist = (
  name: string,
  fileName: string,
  make: (site: HostileSite) => string,
  leaks?: HostileInput['leaks'],
): HostileInput => ({ name, fileName, make, ends: refused, ...(leaks === undefined ? {} : { leaks }) });

/** Texts that name other files and servers: a demuxer that takes one for a video opens them. */
export const playlists: readonly HostileInput[] = [
  playlist(
    'an HLS playlist of a neighbour',
    'a.m3u8',
    ({ dir, secretVideo }) => hls(...segment(relative(dir, secretVideo))),
    'secret',
  ),
  playlist('an HLS playlist with a file URL', 'a.m3u8', ({ secretVideo }) => hls(...segment(`file://${secretVideo}`)), 'secret'),
  playlist('an HLS playlist of an absolute path', 'a.m3u8', ({ secretVideo }) => hls(...segment(secretVideo)), 'secret'),
  playlist('an HLS playlist of a server', 'a.m3u8', ({ decoy }) => hls(...segment(`http://${decoy}/segment.mp4`)), 'decoy'),
  playlist('an HLS playlist under the name of a video', 'a.mp4', ({ secretVideo }) => hls(...segment(secretVideo)), 'secret'),
  playlist(
    'an HLS playlist whose key is a secret',
    'a.m3u8',
    ({ secretText, secretVideo }) => hls(`#EXT-X-KEY:METHOD=AES-128,URI="${secretText}"`, ...segment(secretVideo)),
    'secret',
  ),
  playlist(
    'an HLS playlist whose initialisation is a secret',
    'a.m3u8',
    ({ secretVideo, decoy }) => hls(`#EXT-X-MAP:URI="${secretVideo}"`, ...segment(`http://${decoy}/a.m4s`)),
    'secret',
  ),
  playlist(
    'an HLS master playlist of a server',
    'a.m3u8',
    ({ decoy }) => `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\nhttp://${decoy}/inner.m3u8\n`,
    'decoy',
  ),
  ...['concat:%s|%s', 'subfile,,start,0,end,0,,:%s', 'crypto:%s', 'async:file:%s', 'cache:%s', 'pipe:0'].map((form) =>
    playlist(`an HLS playlist by ${form.split(/[:,]/)[0]}`, 'a.m3u8', ({ secretVideo }) =>
      hls(...segment(form.replaceAll('%s', secretVideo))),
    ),
  ),
  playlist('an HLS playlist with a data URL', 'a.m3u8', ({ secretVideo }) =>
    hls(...segment(`data:text/plain,ffconcat%20version%201.0%0Afile%20${secretVideo}`)),
  ),
  playlist(
    'a DASH manifest of a file',
    'a.mpd',
    ({ secretVideo }) => dash(`file://${secretVideo.slice(0, -basename(secretVideo).length)}`, basename(secretVideo)),
    'secret',
  ),
  playlist('a DASH manifest of a server', 'a.mpd', ({ decoy }) => dash(`http://${decoy}/`, 'a.mp4'), 'decoy'),
  {
    name: 'a concat script of a neighbour',
    fileName: 'a.mp4',
    make: async ({ dir, secretVideo }) => {
      await link(secretVideo, join(dir, 'neighbour.mp4'));
      return 'ffconcat version 1.0\nfile neighbour.mp4\n';
    },
    ends: refused,
    leaks: 'secret',
  },
  playlist(
    'a concat script of an absolute path',
    'a.ffconcat',
    ({ secretVideo }) => `ffconcat version 1.0\nfile ${secretVideo}\n`,
  ),
  playlist(
    'a concat script of a file URL',
    'a.ffconcat',
    ({ secretVideo }) => `ffconcat version 1.0\nfile file:${secretVideo}\n`,
  ),
  playlist('a concat script of a server', 'a.ffconcat', ({ decoy }) => `ffconcat version 1.0\nfile http://${decoy}/a.mp4\n`),
  playlist(
    'a session description',
    'a.sdp',
    ({ decoy }) =>
      `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video ${decoy.split(':')[1]} RTP/AVP 96\na=rtpmap:96 H264/90000\n`,
  ),
  playlist('a text that a demuxer draws', 'a.txt', () => 'This would be rendered, line by line.\n'.repeat(100)),
  playlist(
    'an ASX list',
    'a.asx',
    ({ secretVideo, decoy }) =>
      `<asx version="3.0"><entry><ref href="http://${decoy}/a"/><ref href="${secretVideo}"/></entry></asx>`,
  ),
  playlist('an M3U list', 'a.m3u', ({ secretVideo, decoy }) => `#EXTM3U\n#EXTINF:1,x\n${secretVideo}\nhttp://${decoy}/a.ts\n`),
  playlist('a PLS list', 'a.pls', ({ secretVideo }) => `[playlist]\nFile1=${secretVideo}\nNumberOfEntries=1\nVersion=2\n`),
  playlist(
    'a reference of Windows Media',
    'a.asf',
    ({ decoy }) => `[Reference]\r\nRef1=http://${decoy}/a.asf\r\nRef2=http://${decoy}/b.asf\r\n`,
  ),
  playlist(
    'a smooth streaming manifest',
    'a.ism',
    ({ decoy }) =>
      `<?xml version="1.0"?><SmoothStreamingMedia MajorVersion="2" Duration="20000000"><StreamIndex Type="video" Url="http://${decoy}/{bitrate}"/></SmoothStreamingMedia>`,
  ),
  playlist(
    'XML whose entity is a secret',
    'a.mpd',
    ({ secretText }) =>
      `<?xml version="1.0"?><!DOCTYPE MPD [<!ENTITY x SYSTEM "file://${secretText}">]><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>&x;</BaseURL></MPD>`,
  ),
  playlist('XML whose entities multiply', 'a.svg', () => {
    const levels = Array.from({ length: 12 }, (_, level) => `<!ENTITY l${level + 1} "${`&l${level};`.repeat(10)}">`);
    return `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY l0 "ha">${levels.join('')}]><svg xmlns="http://www.w3.org/2000/svg"><text>&l12;</text></svg>`;
  }),
  playlist(
    'a drawing with a linked picture',
    'a.svg',
    ({ secretText, decoy }) =>
      `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="640" height="360"><image xlink:href="file://${secretText}"/><image href="http://${decoy}/a.png"/></svg>`,
  ),
  playlist(
    'an index of subtitles that names a sibling',
    'a.idx',
    () =>
      '# VobSub index file, v7 (do not modify this line!)\nsize: 720x576\nid: en, index: 0\ntimestamp: 00:00:01:000, filepos: 000000000\n',
  ),
  playlist('an AviSynth script', 'a.avs', ({ secretVideo }) => `DirectShowSource("${secretVideo}")\n`),
  playlist('a picture pattern by its name', 'frame-%d.png', () => 'not a picture'),
];
