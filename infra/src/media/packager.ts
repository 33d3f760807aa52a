import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StreamflixError } from '@streamflix/contracts';
import { buildPackagerArgs, type PackagerArgs, packageFiles } from './packager-args.ts';
import { ProcessFailure } from './process.ts';
import { type MediaConfig, runTool } from './tool.ts';

/** It writes nothing while it works, so only the whole time says anything: it copies, a gigabyte a few seconds. */
const timeLimitMs = 30 * 60_000;

export interface PackageRun extends PackagerArgs {
  media: MediaConfig;
  signal: AbortSignal;
}

/** A track of unknown language is not marked as the default one by the packager, and some players then stay silent. */
async function markDefaultAudio(master: string): Promise<void> {
  const text = await readFile(master, 'utf8');
  if (text.includes('DEFAULT=YES')) return;
  await writeFile(master, text.replace(/^(#EXT-X-MEDIA:TYPE=AUDIO,.*)DEFAULT=NO/m, '$1DEFAULT=YES'));
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
export async function packageRenditions({ media, signal, ...args }: PackageRun): Promise<void> {
  const { video, audio, outputDir } = args;
  await mkdir(outputDir, { recursive: true });
  try {
    await runTool(media, 'packager', {
      args: buildPackagerArgs(args),
      readOnlyPaths: [...video, ...audio].map(({ path }) => path),
      writableDir: outputDir,
      signal,
      stallMs: timeLimitMs,
      timeLimitMs,
    });
  } catch (error) {
    throw signal.aborted ? error : classifyPackagerFailure(error);
  }
  await markDefaultAudio(join(outputDir, packageFiles.hls));
}
