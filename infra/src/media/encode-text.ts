import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TextRendition } from '@streamflix/contracts';
import { type EncodedFile, type EncodeRun, finishFile, inPartialDir, runFfmpeg, timeLimitMs } from './ffmpeg.ts';
import { readAss } from './read-ass.ts';
import { buildTextArgs, textFileName } from './text-args.ts';
import { writeWebVtt } from './web-vtt.ts';

/** What ffmpeg says of text that is not UTF-8. */
const isWrongCharset = (line: string): boolean => line.includes('Invalid UTF-8 in decoded subtitles text');

/** Reads the tracks in one pass; those that turn out not to be UTF-8 again, one by one, as what old Windows programs wrote. */
async function extract(run: TextRun, dir: string): Promise<void> {
  const { input, source, renditions } = run;
  const outputPath = ({ name }: TextRendition): string => join(dir, `${name}.ass`);
  // Where no subtitle is there is nothing to be seen of the progress.
  const read = (some: readonly TextRendition[], charset?: string): Promise<string[]> =>
    runFfmpeg(
      {
        ...run,
        args: buildTextArgs({ input, source, renditions: some, outputPath, ...(charset === undefined ? {} : { charset }) }),
        stallMs: timeLimitMs(source),
        fractionOf: ({ outTimeSeconds }) => outTimeSeconds / source.durationSeconds,
      },
      dir,
    );
  if (!(await read(renditions)).some(isWrongCharset)) return;
  for (const rendition of renditions) if ((await read([rendition])).some(isWrongCharset)) await read([rendition], 'CP1252');
}

export interface TextRun extends EncodeRun {
  renditions: readonly TextRendition[];
}

/** Makes WebVTT of subtitle tracks, each `<name>.vtt`, on the time line of the video. */
export async function encodeText(run: TextRun): Promise<EncodedFile[]> {
  const { source, renditions, outputDir } = run;
  return inPartialDir(outputDir, async (dir) => {
    await extract(run, dir);
    const files: EncodedFile[] = [];
    for (const rendition of renditions) {
      const ass = await readFile(join(dir, `${rendition.name}.ass`), 'utf8');
      const cues = readAss(ass, source.startSeconds ?? 0, source.durationSeconds);
      const partial = join(dir, textFileName(rendition));
      await writeFile(partial, writeWebVtt(cues));
      const finished = await finishFile(partial, join(outputDir, textFileName(rendition)));
      files.push({ rendition: rendition.name, ...finished, durationSeconds: source.durationSeconds, frames: cues.length });
    }
    return files;
  });
}
