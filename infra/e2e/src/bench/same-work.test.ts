import { expect, test } from 'vitest';
import { assertSameWork } from './same-work.ts';
import type { Outputs, Track } from './track.ts';

const rung: Track = { name: '720p', width: 1280, height: 720, frames: 1800, sizeBytes: 1_000_000 };
const sound: Track = { name: 'audio', width: 0, height: 0, frames: 2813, sizeBytes: 100_000 };
const outputs = (changes: Partial<Track> = {}, thumbnails = 5): Outputs => ({
  tracks: [{ ...rung, ...changes }, sound],
  thumbnails,
});

test('boxes of another muxer are no difference', () => {
  expect(() => assertSameWork(outputs(), outputs({ sizeBytes: 1_000_900 }))).not.toThrow();
});

test.each([
  ['a frame less', outputs({ frames: 1799 }), '1800 and 1799 frames'],
  ['a smaller picture', outputs({ height: 718 }), '1280x720 and 1280x718'],
  ['a tenth fewer bytes', outputs({ sizeBytes: 900_000 }), 'bytes'],
  ['another rung', outputs({ name: '480p' }), '720p is missing'],
  ['a thumbnail less', outputs({}, 4), '5 and 4 thumbnails'],
  ['no sound', { ...outputs(), tracks: [rung] }, 'audio is missing; 2 and 1 tracks'],
])('%s is told', (_, ffmpeg, message) => {
  expect(() => assertSameWork(outputs(), ffmpeg)).toThrow(message);
});
