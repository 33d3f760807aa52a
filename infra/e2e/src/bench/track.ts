import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What an encode came to, counted by ffprobe in the segments themselves. */
export interface Track {
  name: string;
  height: number;
  frames: number;
  sizeBytes: number;
}

/** Joins an initialisation segment and its media segments, and counts. */
export async function measureTrack(rung: Pick<Track, 'name' | 'height'>, paths: readonly string[]): Promise<Track> {
  const dir = await mkdtemp(join(tmpdir(), 'streamflix-track-'));
  try {
    const joined = join(dir, 'joined.mp4');
    await writeFile(joined, Buffer.concat(await Promise.all(paths.map((path) => readFile(path)))));
    const count = ['-count_packets', '-show_entries', 'stream=nb_read_packets', '-of', 'csv=p=0'];
    const { stdout } = await run(process.env.FFPROBE_PATH ?? 'ffprobe', [
      '-v',
      'error',
      '-select_streams',
      'v',
      ...count,
      joined,
    ]);
    return { ...rung, frames: Number.parseInt(stdout, 10), sizeBytes: (await stat(joined)).size };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
