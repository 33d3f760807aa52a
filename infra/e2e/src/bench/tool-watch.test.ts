import { expect, test } from 'vitest';
import { toolOf } from './tool-watch.ts';

test.each([
  ['ffmpeg', ['ffmpeg', '-i', 'source', '-c:v', 'libx264', '720p.mp4'], 'ffmpeg video'],
  ['ffmpeg', ['ffmpeg', '-i', 'source', '-c:a', 'aac', 'audio.mp4'], 'ffmpeg audio'],
  ['ffmpeg', ['ffmpeg', '-i', 'source', '-c:v', 'mjpeg', '0.jpg'], 'ffmpeg images'],
  ['ffmpeg', ['ffmpeg', '-f', 'concat', '-i', '720p.txt', '720p.mp4'], 'ffmpeg join'],
  ['ffprobe', ['ffprobe', 'source'], 'ffprobe'],
  ['packager-linux-', ['packager-linux-x64', 'in=720p.mp4'], 'packager'],
  ['bwrap', ['bwrap', '--', 'ffmpeg', '-c:v', 'libx264'], undefined],
  ['node', ['node', 'main.ts'], undefined],
])('%s is told by its name and its encoder', (name, commandLine, tool) => {
  expect(toolOf(name, commandLine)).toBe(tool);
});
