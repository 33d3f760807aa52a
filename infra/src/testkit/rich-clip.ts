import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makePictureSubtitle } from './picture-subtitle.ts';

const metadata = `;FFMETADATA1
[CHAPTER]
TIMEBASE=1/1000
START=0
END=5000
title=Beginning
[CHAPTER]
TIMEBASE=1/1000
START=5000
END=13000
title=The <end> & after
`;

const srt = (text: string): string =>
  ['1', '00:00:01,000 --> 00:00:03,000', text, '', '2', '00:00:05,500 --> 00:00:07,000', `${text} again`, ''].join('\n');

const tone = (hertz: number, channels: number): string[] => [
  ...['-f', 'lavfi', '-i'],
  `aevalsrc=${Array.from({ length: channels }, () => `0.2*sin(2*PI*${hertz}*t)`).join('|')}:d=13:s=48000${channels === 6 ? ':c=5.1' : ''}`,
];

/** How high the tone of each track is, by which it can be told. */
export const richTones = { german: 300, commentary: 400, english: 500, french: 600 };

/** Thirteen seconds with German in 5.1 and as a commentary, English and French, three subtitles as text and one as pictures, and two chapters. */
export async function makeRichClip(dir: string, withVideo = true): Promise<string> {
  const path = join(dir, withVideo ? 'rich.mkv' : 'rich.mka');
  await writeFile(join(dir, 'metadata.txt'), metadata);
  await writeFile(join(dir, 'pictures.sup'), makePictureSubtitle(2, 4));
  for (const text of ['German', 'Signs', 'English'])
    await writeFile(join(dir, `${text}.srt`), srt(`<b>${text}</b> <script>alert(1)</script>`));
  const language = (stream: string, code: string): string[] => [`-metadata:s:${stream}`, `language=${code}`];
  const files = ['German.srt', 'Signs.srt', 'English.srt', 'metadata.txt', 'pictures.sup'];
  const inputs = [
    ...['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=30000/1001:duration=13'],
    ...[
      ...tone(richTones.german, 6),
      ...tone(richTones.commentary, 2),
      ...tone(richTones.english, 2),
      ...tone(richTones.french, 1),
    ],
    ...files.flatMap((name) => ['-i', join(dir, name)]),
  ];
  const streams = withVideo ? [0, 1, 2, 3, 4, 5, 6, 7, 9] : [1, 2, 3, 4];
  execFileSync(process.env.FFMPEG_PATH ?? 'ffmpeg', [
    ...['-v', 'error', '-nostdin', '-y', ...inputs, ...streams.flatMap((index) => ['-map', String(index)]), '-map_chapters', '8'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'ac3', '-c:s', 'subrip', '-c:s:3', 'copy'],
    ...[...language('a:0', 'ger'), ...language('a:1', 'ger'), '-metadata:s:a:1', 'title=Director, "cut" & more'],
    ...[...language('a:2', 'eng'), ...language('a:3', 'fra'), '-disposition:a:0', '0', '-disposition:a:2', 'default'],
    ...(withVideo
      ? [
          ...[...language('s:0', 'ger'), ...language('s:1', 'ger'), ...language('s:2', 'eng'), ...language('s:3', 'fra')],
          ...['-disposition:s:1', 'forced', '-disposition:s:2', 'hearing_impaired'],
        ]
      : []),
    path,
  ]);
  return path;
}
