import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { MediaConfig } from '../tool.ts';

function bubblewrapWorks(): boolean {
  try {
    execFileSync('bwrap', ['--unshare-all', '--ro-bind', '/', '/', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The real programs, from the environment or the path; shut in where this machine can. */
export const testMedia: MediaConfig = {
  ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg',
  ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe',
  packagerPath: process.env.PACKAGER_PATH ?? 'packager',
  sandbox: bubblewrapWorks() ? 'bubblewrap' : 'none',
};

/** A folder for the tests of one file, removed after them. */
export function scratchDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'streamflix-media-'));
  afterAll(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export const neverAborted = new AbortController().signal;

/** Processes of this machine whose command line names a text. */
export async function processesNaming(text: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (commandLine.includes(text)) found.push(pid);
  }
  return found;
}
