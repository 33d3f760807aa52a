import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What one stream came to, counted by ffprobe in the segments themselves. */
export interface Track {
  name: string;
  /** Zero for sound. */
  width: number;
  height: number;
  /** Pictures, or packets of sound. */
  frames: number;
  sizeBytes: number;
}

export interface Outputs {
  /** Rungs from the largest, then the sound. */
  tracks: Track[];
  thumbnails: number;
}

/** Joins an initialisation segment and its media segments, and counts. */
export async function measureTrack(name: string, paths: readonly string[]): Promise<Track> {
  const dir = await mkdtemp(join(tmpdir(), 'streamflix-track-'));
  try {
    const joined = join(dir, 'joined.mp4');
    await writeFile(joined, Buffer.concat(await Promise.all(paths.map((path) => readFile(path)))));
    const entries = 'stream=width,height,nb_read_packets';
    const { stdout } = await run(process.env.FFPROBE_PATH ?? 'ffprobe', [
      ...['-v', 'error', '-count_packets', '-show_entries', entries, '-of', 'json', joined],
    ]);
    const { streams } = JSON.parse(stdout) as { streams: { width?: number; height?: number; nb_read_packets: string }[] };
    const [stream] = streams;
    if (stream === undefined) throw new Error(`there is no stream in ${name}`);
    const { width = 0, height = 0 } = stream;
    return { name, width, height, frames: Number(stream.nb_read_packets), sizeBytes: (await stat(joined)).size };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
