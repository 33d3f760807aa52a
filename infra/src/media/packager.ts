import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SourceInfo, StreamflixError, type TextRendition } from '@streamflix/contracts';
import { chapterFiles, chaptersAsJson, chaptersAsWebVtt, listChapters } from './chapters.ts';
import { completeMaster } from './hls-master.ts';
import { buildPackagerArgs, type PackagerArgs, type PackagerInput, packageFiles } from './packager-args.ts';
import { ProcessFailure } from './process.ts';
import { addTextToDash, writeTextTracks } from './text-package.ts';
import { type MediaConfig, runTool } from './tool.ts';

/** It writes nothing while it works, so only the whole time says anything: it copies, a gigabyte a few seconds. */
const timeLimitMs = 30 * 60_000;

export interface PackageRun extends PackagerArgs {
  /** WebVTT files. */
  text: readonly PackagerInput<TextRendition>[];
  /** Whose length and chapters the package has. */
  source: Pick<SourceInfo, 'durationSeconds' | 'chapters'>;
  media: MediaConfig;
  signal: AbortSignal;
}

async function rewrite(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, 'utf8')));
}

/** What the packager does not make: text, chapters, and what the tracks are called. */
async function complete({ audio, text, outputDir, segmentSeconds, source }: PackageRun): Promise<void> {
  const chapters = listChapters(source);
  await writeTextTracks({ text, outputDir, segmentSeconds, durationSeconds: source.durationSeconds });
  if (chapters.length > 0) {
    await writeFile(join(outputDir, chapterFiles.webVtt), chaptersAsWebVtt(chapters));
    await writeFile(join(outputDir, chapterFiles.json), chaptersAsJson(chapters));
  }
  const renditions = { audio: audio.map(({ rendition }) => rendition), text: text.map(({ rendition }) => rendition) };
  await rewrite(join(outputDir, packageFiles.hls), (master) =>
    completeMaster(master, { ...renditions, hasChapters: chapters.length > 0 }),
  );
  await rewrite(join(outputDir, packageFiles.dash), (mpd) => addTextToDash(mpd, renditions.text));
}

function classifyPackagerFailure(failure: unknown): unknown {
  if (!(failure instanceof ProcessFailure)) return failure;
  const code = /No space left on device/.test(failure.stderr.join('\n')) ? 'DISK_FULL' : 'PACKAGER_FAILED';
  return new StreamflixError(code, {
    details: { exitCode: failure.exitCode, stderr: failure.stderr.slice(-5), commandLine: failure.commandLine },
    cause: failure,
  });
}

/** Writes master.m3u8, manifest.mpd and a folder for each rendition. Throws PACKAGER_FAILED; what is there then is no package. */
export async function packageRenditions(run: PackageRun): Promise<void> {
  const { media, signal, video, audio, outputDir } = run;
  await mkdir(outputDir, { recursive: true });
  try {
    await runTool(media, 'packager', {
      args: buildPackagerArgs(run),
      readOnlyPaths: [...video, ...audio].map(({ path }) => path),
      writableDir: outputDir,
      signal,
      stallMs: timeLimitMs,
      timeLimitMs,
    });
  } catch (error) {
    throw signal.aborted ? error : classifyPackagerFailure(error);
  }
  await complete(run);
}
