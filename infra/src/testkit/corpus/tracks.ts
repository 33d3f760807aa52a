import type { CorpusEntry } from './entry.ts';
import { aac, copy, everySecond, ffmpeg, h264, long, pictures, plain, sound, whole } from './recipe.ts';

const words = '1\n00:00:00,500 --> 00:00:01,500\nHello, <i>world</i>\n\n2\n00:00:02,000 --> 00:00:02,800\nBye & thanks\n';
const parts =
  ';FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1500\ntitle=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1500\nEND=3000\ntitle=Two\n';

const expected = { video: whole(), clicks: everySecond(3) };

export const tracks: CorpusEntry[] = [
  {
    name: 'surround',
    file: 'surround.mkv',
    steps: [
      ffmpeg(...pictures({ seconds: long }), ...sound(long, '5.1'), ...h264, '-c:a', 'ac3', '-b:a', '384k', 'surround.mkv'),
    ],
    expected: { video: whole({ seconds: long }), clicks: everySecond(long), found: { channels: 6 } },
  },
  {
    name: 'three-languages',
    file: 'three-languages.mp4',
    steps: [
      ffmpeg(
        ...[...pictures(), ...sound(), ...sound(), ...sound(), '-map', '0', '-map', '1', '-map', '2', '-map', '3'],
        ...['eng', 'deu', 'jpn'].flatMap((language, index) => [`-metadata:s:a:${index}`, `language=${language}`]),
        ...[...h264, ...aac, 'three-languages.mp4'],
      ),
    ],
    expected: { ...expected, found: { languages: ['eng', 'deu', 'jpn'] } },
  },
  {
    name: 'no-sound',
    file: 'no-sound.mp4',
    steps: [ffmpeg(...pictures({ seconds: long }), ...h264, 'no-sound.mp4')],
    expected: { video: whole({ seconds: long }), clicks: null },
  },
  {
    name: 'sound-alone',
    file: 'sound-alone.m4a',
    steps: [ffmpeg(...sound(), ...aac, 'sound-alone.m4a')],
    expected: { soundSeconds: 3, clicks: everySecond(3) },
  },
  {
    name: 'text-subtitles',
    file: 'text-subtitles.mkv',
    steps: [
      { does: 'write', to: 'words.srt', text: words },
      ffmpeg(
        ...[...pictures(), ...sound(), '-i', 'words.srt', '-i', 'words.srt', '-map', '0', '-map', '1', '-map', '2', '-map', '3'],
        ...['-c:s:0', 'srt', '-c:s:1', 'ass', '-metadata:s:s:0', 'language=eng', ...h264, ...aac, 'text-subtitles.mkv'],
      ),
    ],
    expected: { ...expected, found: { text: ['text', 'text'] } },
  },
  {
    name: 'picture-subtitles',
    file: 'picture-subtitles.mkv',
    steps: [
      { does: 'write-pgs', to: 'words.sup' },
      ffmpeg(
        ...[...pictures(), ...sound(), '-i', 'words.sup', '-map', '0', '-map', '1', '-map', '2', ...h264, ...aac],
        ...['-c:s', 'copy', 'picture-subtitles.mkv'],
      ),
    ],
    expected: { ...expected, found: { text: ['picture'] } },
  },
  {
    name: 'chapters',
    file: 'chapters.mp4',
    steps: [
      { does: 'write', to: 'parts.txt', text: parts },
      ffmpeg(...pictures(), ...sound(), '-i', 'parts.txt', '-map_metadata', '2', ...h264, ...aac, 'chapters.mp4'),
    ],
    expected: { ...expected, found: { chapters: 2 } },
  },
  {
    name: 'cover-art',
    file: 'cover-art.mp4',
    steps: [
      ffmpeg('-f', 'lavfi', '-i', 'testsrc2=size=300x300', '-frames:v', '1', 'cover.jpg'),
      ffmpeg(...pictures(), ...sound(), ...h264, ...aac, 'plain.mp4'),
      // The cover comes first: whoever takes the first video stream takes the wrong one.
      ffmpeg(
        ...['-i', 'cover.jpg', '-i', 'plain.mp4', '-map', '0', '-map', '1', ...copy, '-disposition:v:0', 'attached_pic'],
        'cover-art.mp4',
      ),
    ],
    expected,
  },
  plain('mono-low-rate.mp4', { args: ['-ac', '1', '-ar', '22050'], found: { channels: 1 } }),
];
