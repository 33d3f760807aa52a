import { parseArgs } from 'node:util';
import { catchInterrupts } from '@streamflix/infra/local';
import type { MediaConfig } from '@streamflix/infra/media';
import { writeMarked } from '../run/marked-page.ts';
import { type Comparison, compareClip } from './compare.ts';
import { fetchMedia } from './fetch-media.ts';
import { formatReport, isMet } from './report.ts';

const help = `What cutting into chunks costs in quality: VMAF of real clips, chunked against unchunked, at equal bitrate.

  npm run vmaf                 prints the table; some minutes
  npm run vmaf -- --write      and puts it into docs/vmaf.md
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { write: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const { signal } = catchInterrupts(() => process.exit(130));
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  say('Fetching clips and an ffmpeg with libvmaf');
  const { clips, ffmpegPath: vmafFfmpegPath } = fetchMedia();
  const media: MediaConfig = {
    ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg',
    ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe',
    packagerPath: process.env.PACKAGER_PATH ?? 'packager',
    sandbox: 'none',
  };
  const comparisons: Comparison[] = [];
  for (const clip of clips) comparisons.push(...(await compareClip({ clip, vmafFfmpegPath, media, signal, say })));
  const report = formatReport(comparisons, new Date().toISOString().slice(0, 10));
  console.log(report);
  if (values.write) writeMarked('docs/vmaf.md', '<!-- measured -->', report);
  return comparisons.every(isMet) ? 0 : 1;
}

process.exitCode = await main();
