import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { countOutput } from './count-frames.ts';
import { scratchDir } from './testkit/test-media.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const dir = scratchDir();
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
  ['the index before the data', [...sound, '-t', '2', '-c:a', 'aac', '-movflags', '+faststart']],
])('%s: as many as ffprobe counts, and as long', async (name, args) => {
  const path = make(`${name.replaceAll(/\W+/g, '-')}.mp4`, args);
  const [ours, theirs] = [await countOutput(path), counted(path)];
  expect(ours.packets).toBe(theirs.packets);
  expect(ours.durationSeconds).toBeCloseTo(theirs.durationSeconds, 3);
});

test('a table longer than what is read of it at once', async () => {
  const path = make('long.mp4', [...sound, '-t', '1500', '-c:a', 'aac', '-b:a', '32k']);
  expect((await countOutput(path)).packets).toBe(counted(path).packets);
  expect((await countOutput(path)).packets).toBeGreaterThan(65_536);
});

test.each([
  ['without its index, as one that was never finished', (whole: Buffer) => whole.subarray(0, whole.lastIndexOf('moov') - 4)],
  ['whose data are shorter than its index says', shortened],
  ['whose table ends early', (whole: Buffer) => whole.subarray(0, whole.lastIndexOf('stsz') + 40)],
  ['of zeros', (whole: Buffer) => Buffer.alloc(whole.length)],
  ['without anything', () => Buffer.alloc(0)],
])('a file %s is refused', async (name, damage) => {
  const whole = await readFile(make('whole.mp4', [...picture, '-frames:v', '30', '-c:v', 'libx264', '-movflags', '+faststart']));
  const unfinished = await readFile(make('late.mp4', [...picture, '-frames:v', '30', '-c:v', 'libx264']));
  const path = join(dir, 'damaged.mp4');
  await writeFile(path, damage(name.startsWith('whose data') ? whole : unfinished));
  await expect(countOutput(path)).rejects.toMatchObject({ code: 'ENCODER_FAILED' });
});

function shortened(whole: Buffer): Buffer {
  return whole.subarray(0, whole.length - 1000);
}
