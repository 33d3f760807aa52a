import { expect, test } from 'vitest';
import { stagesOf } from './stages.ts';
import type { ToolRun, Watched } from './tool-watch.ts';

const run = (by: string, tool: ToolRun['tool'], begin: number, end: number): ToolRun => ({ by, tool, begin, end, cpuSeconds: 1 });

const tasks = [
  { name: 'probe', begin: 0.1, end: 1 },
  { name: 'video-0', begin: 1.1, end: 12 },
  { name: 'audio', begin: 1.1, end: 3 },
  { name: 'package', begin: 12.1, end: 14 },
];

const watched: Watched = {
  tools: [
    run('probe', 'ffprobe', 0.5, 0.6),
    run('probe', 'ffprobe', 0.6, 0.9),
    run('encode', 'ffmpeg audio', 1.5, 2.5),
    run('encode', 'ffmpeg video', 1.6, 11),
    run('package', 'packager', 12.5, 13),
  ],
  milestones: { verified: 13.3 },
};

const times = { accepted: 0.05, completed: 14.01, published: 14.1 };

test('the stages follow the longest task and add up to the whole time', () => {
  const stages = stagesOf(tasks, watched, times);
  const seconds = Object.fromEntries(stages.map((stage) => [stage.name, stage.seconds]));
  expect(seconds['probe: download']).toBeCloseTo(0.4);
  expect(seconds['probe: ffprobe']).toBeCloseTo(0.4);
  expect(seconds['video-0: ffmpeg']).toBeCloseTo(9.4);
  expect(seconds['video-0: counted, upload, written down']).toBeCloseTo(1);
  expect(seconds['package: verified']).toBeCloseTo(0.3);
  expect(stages.reduce((sum, stage) => sum + stage.seconds, 0)).toBeCloseTo(times.published);
});

test('a tool too short to be seen leaves its time to its neighbours, and the sum stays', () => {
  const stages = stagesOf(tasks, { tools: [], milestones: {} }, times);
  expect(stages.every(({ seconds }) => seconds >= 0)).toBe(true);
  expect(stages.reduce((sum, { seconds }) => sum + seconds, 0)).toBeCloseTo(times.published);
});

test('a completed job without a package task is a fault of the measurement', () => {
  expect(() => stagesOf(tasks.slice(0, 3), watched, times)).toThrow('a task of each kind');
});
