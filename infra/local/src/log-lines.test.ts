import { expect, test } from 'vitest';
import { formatLogLine, splitLines } from './log-lines.ts';

test('a JSON line becomes time, name, level, message and ids', () => {
  const line = JSON.stringify({ level: 30, time: 1_700_000_000_123, msg: 'claimed', jobId: 'j1', taskId: 't1', hostname: 'h' });
  expect(formatLogLine('encode', line)).toBe('22:13:20.123 encode    info  claimed jobId=j1 taskId=t1');
});

test('an error in a JSON line shows its message', () => {
  const line = JSON.stringify({
    level: 'error',
    time: '2026-01-02T03:04:05.006Z',
    msg: 'failed',
    err: { message: 'no "space"' },
  });
  expect(formatLogLine('probe', line)).toBe('03:04:05.006 probe     error failed error="no \\"space\\""');
});

test('a line that is no JSON stays as it is', () => {
  expect(formatLogLine('notify', 'Error: at once')).toBe('notify    Error: at once');
  expect(formatLogLine('notify', '{ broken')).toBe('notify    { broken');
});

test('lines cut anywhere come out whole, the unfinished last one at the end', () => {
  const lines: string[] = [];
  const splitter = splitLines((line) => lines.push(line));
  for (const piece of ['on', 'e\r\ntw', 'o\n\nthr', 'ee']) splitter.push(piece);
  expect(lines).toEqual(['one', 'two', '']);
  splitter.flush();
  expect(lines).toEqual(['one', 'two', '', 'three']);
});
