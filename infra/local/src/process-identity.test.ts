import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { identifyProcess, isRunning, parseProcStat } from './process-identity.ts';

test('a command name with spaces and parentheses does not shift the fields', () => {
  const fields = Array.from({ length: 49 }, (_, index) => String(index + 4)).join(' ');
  expect(parseProcStat(`4711 (my (odd) name) S ${fields}`)).toEqual({ pid: 4711, state: 'S', startTicks: 22 });
});

test('an empty or cut record names no process', () => {
  expect(parseProcStat('')).toBeUndefined();
  expect(parseProcStat('12 (sh) S 1 2')).toBeUndefined();
});

test('this process is running; one with its pid and another start time is not', () => {
  const self = identifyProcess(process.pid);
  expect(self).toEqual(parsedSelf());
  expect(self && isRunning(self)).toBe(true);
  expect(isRunning({ pid: process.pid, startTicks: (self?.startTicks ?? 0) + 1 })).toBe(false);
});

test('a process that has ended is not running', async () => {
  const child = spawn('sleep', ['60']);
  const identity = identifyProcess(child.pid ?? 0);
  expect(identity && isRunning(identity)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(identity && isRunning(identity)).toBe(false);
});

function parsedSelf() {
  const { pid, startTicks } = parseProcStat(readFileSync('/proc/self/stat', 'utf8')) ?? { pid: 0, startTicks: 0 };
  return { pid, startTicks };
}
