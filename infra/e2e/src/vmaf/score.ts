import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** VMAF of every picture of an encode against its source, scaled to the source's size as a player would. */
export async function scoreFrames(ffmpegPath: string, encoded: string, source: string): Promise<number[]> {
  const dir = await mkdtemp(join(tmpdir(), 'streamflix-vmaf-'));
  const log = join(dir, 'vmaf.json');
  try {
    // By number, not by time: both have the same pictures in the same order.
    const graph =
      '[0:v]setpts=N/TB/25[e];[1:v]setpts=N/TB/25[r];[e][r]scale2ref=flags=bicubic[d][s];' +
      `[d][s]libvmaf=log_fmt=json:log_path=${log}:n_threads=2`;
    const inputs = ['-i', encoded, '-i', source];
    await run('nice', ['-n', '10', ffmpegPath, '-v', 'error', '-nostdin', ...inputs, '-lavfi', graph, '-f', 'null', '-']);
    const { frames } = JSON.parse(await readFile(log, 'utf8')) as { frames: { metrics: { vmaf: number } }[] };
    return frames.map(({ metrics }) => metrics.vmaf);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
