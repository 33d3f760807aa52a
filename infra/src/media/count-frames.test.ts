import { execFileSync } from 'node:child_process';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { countOutput } from './count-frames.ts';
import { neverAborted, scratchDir } from './testkit/test-media.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const dir = scratchDir();
const count = (path: string) => countOutput(path, neverAborted);
const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=24000/1001'];
const sound = ['-f', 'lavfi', '-i', 'sine=sample_rate=48000'];

function make(name: string, args: readonly string[]): string {
  const path = join(dir, name);
  execFileSync('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...args, path]);
  return path;
}

/** What ffprobe counts, going through all packets. */
function counted(path: string): { packets: number; durationSeconds: number } {
  const args = ['-v', 'error', '-count_packets', '-show_entries', 'stream=nb_read_packets,duration', '-of', 'json', path];
  const [stream] = JSON.parse(execFileSync('ffprobe', args, { encoding: 'utf8' })).streams;
  return { packets: Number(stream.nb_read_packets), durationSeconds: Number(stream.duration) };
}

test.each([
  ['h264 with pictures in another order', [...picture, '-frames:v', '61', '-c:v', 'libx264']],
  ['one picture', [...picture, '-frames:v', '1', '-c:v', 'libx264']],
  ['hevc', [...picture, '-frames:v', '30', '-c:v', 'libx265', '-x265-params', 'log-level=error']],
  ['av1', [...picture, '-frames:v', '10', '-c:v', 'libsvtav1', '-preset', '12']],
  ['vp9', [...picture, '-frames:v', '10', '-c:v', 'libvpx-vp9', '-deadline', 'realtime']],
  ['aac, which begins before its time', [...sound, '-t', '3.21', '-c:a', 'aac']],
  ['times of 64 bits', [...picture, '-frames:v', '250', '-c:v', 'libx264', '-video_track_timescale', '1000000000']],
  ['the index before the data', [...sound, '-t', '2', '-c:a', 'aac', '-movflags', '+faststart']],
])('%s: as many as ffprobe counts, and as long', async (name, args) => {
  const path = make(`${name.replaceAll(/\W+/g, '-')}.mp4`, args);
  const [ours, theirs] = [await count(path), counted(path)];
  expect(ours.packets).toBe(theirs.packets);
  expect(ours.durationSeconds).toBeCloseTo(theirs.durationSeconds, 3);
});

test('a table longer than what is read of it at once', async () => {
  const path = make('long.mp4', [...sound, '-t', '1500', '-c:a', 'aac', '-b:a', '32k']);
  expect((await count(path)).packets).toBe(counted(path).packets);
  expect((await count(path)).packets).toBeGreaterThan(65_536);
});

const short = [...picture, '-frames:v', '30', '-c:v', 'libx264'];
const atTheEnd = (): Promise<Buffer> => readFile(make('late.mp4', short));
const atTheBegin = (): Promise<Buffer> => readFile(make('early.mp4', [...short, '-movflags', '+faststart']));

/** The table of sizes with another number of rows than it has. */
function withRows(whole: Buffer, rows: number): Buffer {
  whole.writeUInt32BE(rows, whole.lastIndexOf('stsz') + 12);
  return whole;
}

test.each([
  ['without its index, as one that was never finished', async () => (await atTheEnd()).subarray(0, -2000)],
  ['whose data are shorter than its index says', async () => (await atTheBegin()).subarray(0, -1000)],
  ['whose table is shorter than it says', async () => withRows(await atTheEnd(), 1_000_000)],
  ['whose table has no rows', async () => withRows(await atTheEnd(), 0)],
  ['of zeros', async () => Buffer.alloc(4096)],
  ['without anything', async () => Buffer.alloc(0)],
])('a file %s is refused', async (_, damaged) => {
  const path = join(dir, 'damaged.mp4');
  await writeFile(path, await damaged());
  await expect(count(path)).rejects.toMatchObject({ code: 'ENCODER_FAILED' });
});

test('what is no file is refused, and keeps nobody waiting', async () => {
  const [pipe, link] = [join(dir, 'pipe.mp4'), join(dir, 'link.mp4')];
  execFileSync('mkfifo', [pipe]);
  await symlink(make('linked.mp4', short), link);
  for (const path of [pipe, link, join(dir, 'absent.mp4'), dir])
    await expect(count(path), path).rejects.toMatchObject({ code: 'ENCODER_FAILED' });
});
