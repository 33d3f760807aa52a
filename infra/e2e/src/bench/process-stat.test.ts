import { expect, test } from 'vitest';
import { descendantsOf, parseMemory, parseStat, readAllStats, readCommandLine, readMemory, readStat } from './process-stat.ts';

test('a line of stat is read behind a name that tries to look like fields', () => {
  const line = '42 (a) R 7 (b)) S 17 42 42 0 -1 4194304 155 0 0 0 130 20 999 888 20 0 11 0 123456 5000 600';
  expect(parseStat(line)).toEqual({ pid: 42, name: 'a) R 7 (b)', parent: 17, cpuSeconds: 1.5, startedAtSeconds: 1234.56 });
});

test('memory is read in bytes, and a process on its way out has none', () => {
  const status = 'Name:\tnode\nVmPeak:\t  900 kB\nVmHWM:\t  300 kB\nVmRSS:\t  200 kB\n';
  expect(parseMemory(status)).toEqual({ residentBytes: 204_800, peakBytes: 307_200 });
  expect(parseMemory('Name:\tnode\nState:\tZ (zombie)\n')).toBeUndefined();
});

test('a tree holds its roots and all their descendants, and nobody else', () => {
  const all = [
    { pid: 5, parent: 4 },
    { pid: 4, parent: 2 },
    { pid: 2, parent: 1 },
    { pid: 3, parent: 1 },
  ];
  expect(descendantsOf(all, [2]).toSorted()).toEqual([2, 4, 5]);
});

test.skipIf(process.platform !== 'linux')('this process finds itself', () => {
  expect(readStat(process.pid)).toMatchObject({ pid: process.pid, parent: process.ppid });
  expect(readAllStats().map(({ pid }) => pid)).toContain(process.pid);
  expect(readCommandLine(process.pid)[0]).toContain('node');
  expect(readMemory(process.pid)?.residentBytes).toBeGreaterThan(1_000_000);
});

test.skipIf(process.platform !== 'linux')('a process that has ended is no error', () => {
  expect(readStat(2 ** 30)).toBeUndefined();
  expect(readMemory(2 ** 30)).toBeUndefined();
  expect(readCommandLine(2 ** 30)).toEqual([]);
});
