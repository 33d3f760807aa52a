import { expect, test } from 'vitest';
import { cpuRows } from './cpu-rows.ts';

test('rows add up to the whole, whatever was not seen of the tools', () => {
  const tools = [
    { by: 'encode', tool: 'ffmpeg video', cpuSeconds: 7 },
    { by: 'encode', tool: 'ffprobe', cpuSeconds: 0.25 },
    { by: 'encode', tool: 'ffprobe', cpuSeconds: 0.25 },
  ] as const;
  const rows = cpuRows({ encode: 9, sweep: 0.5 }, { encode: 1, sweep: 0.5 }, tools);
  expect(rows).toEqual({
    'encode: ffmpeg video': 7,
    'encode: ffprobe': 0.5,
    'encode: the process itself': 1,
    'sweep: the process itself': 0.5,
    'sandboxes, and the last moments of tools': 0.5,
  });
});
