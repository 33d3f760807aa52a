import { expect, it } from 'vitest';
import { ProgressReader } from './ffmpeg-progress.ts';

const block = (frame: string, time: string, speed: string, end = 'continue'): string[] => [
  `frame=${frame}`,
  'fps=30.00',
  `out_time_us=${time}`,
  `out_time_ms=${time}`,
  `speed=${speed}`,
  `progress=${end}`,
];

const readAll = (lines: string[]) => {
  const reader = new ProgressReader();
  return lines.map((line) => ({ line, counts: reader.isProgress(line), read: reader.read(line) }));
};

it('a block of progress is read at its end, with microseconds as seconds', () => {
  const read = readAll(block('60', '2000000', ' 1.5x')).flatMap((entry) => entry.read ?? []);
  expect(read).toEqual([{ frame: 60, outTimeSeconds: 2, speed: 1.5 }]);
});

it('values that are not there yet are no progress and no number', () => {
  const read = readAll([...block('0', 'N/A', 'N/A'), ...block('1', 'N/A', 'N/A')]).flatMap((entry) => entry.read ?? []);
  expect(read).toEqual([{ frame: 1, outTimeSeconds: 0, speed: null }]);
});

it('a block that repeats the one before is no progress', () => {
  const counted = readAll([...block('60', '2000000', '1x'), ...block('60', '2000000', '0.9x'), ...block('61', '2000000', '0.8x')])
    .filter(({ counts }) => counts)
    .map(({ line }) => line);
  expect(counted).toEqual(['frame=60', 'out_time_us=2000000', 'frame=61']);
});
